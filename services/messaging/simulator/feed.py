"""What the simulated phones show: every message in or out, typing and receipts, numbered, kept for those who watch."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from services.messaging.simulator.state import File

ENTRIES_PER_PHONE = 2000
ENTRIES_OF_ALL = 20_000
MEDIA_FILES = 2000
MEDIA_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class Entry:
    """Something a phone shows. ``from_api`` marks what Usta sent; ``status`` grows from sent to delivered to read."""

    seq: int
    type: Literal["message", "typing", "status"]
    sender: str
    receiver: str
    at: datetime
    message_id: str = ""
    from_api: bool = False
    kind: Literal["text", "document", "audio"] = "text"
    text: str | None = None
    media_id: str | None = None
    filename: str | None = None
    media_type: str | None = None
    status: str = "sent"
    details: dict[str, Any] = field(default_factory=dict)


class Feed:
    """The entries of all phones.

    Sequence numbers rise over everything and start at the clock's milliseconds, so that those of a restarted simulator
    are above the earlier ones (as long as it carried fewer than a thousand entries per second on average).
    """

    def __init__(self) -> None:
        self._seq = int(time.time() * 1000)
        self._all: deque[Entry] = deque(maxlen=ENTRIES_OF_ALL)
        self._of_phone: dict[str, deque[Entry]] = defaultdict(lambda: deque(maxlen=ENTRIES_PER_PHONE))
        self._messages: OrderedDict[str, Entry] = OrderedDict()
        self._waiting: dict[str | None, set[asyncio.Event]] = defaultdict(set)
        self._media: OrderedDict[str, File] = OrderedDict()
        self._media_bytes = 0
        self._in_flight: dict[str, int] = {}

    @property
    def last_seq(self) -> int:
        return self._seq

    def add(self, type_: Literal["message", "typing", "status"], sender: str, receiver: str, **values: Any) -> Entry:
        """Appends an entry for both phones and wakes those who wait for it."""
        self._seq += 1
        entry = Entry(self._seq, type_, sender, receiver, values.pop("at", None) or datetime.now(UTC), **values)
        self._all.append(entry)
        if type_ == "message":
            self._messages[entry.message_id] = entry
            if len(self._messages) > ENTRIES_OF_ALL:
                self._messages.popitem(last=False)
        for phone in {sender, receiver}:
            self._of_phone[phone].append(entry)
            self._wake(phone)
        self._wake(None)
        return entry

    def set_status(self, message_id: str, status: str) -> None:
        """Records that a message was delivered or read and shows it on both phones."""
        entry = self._messages.get(message_id)
        if entry and entry.status != status and entry.status not in ("read", "deleted"):
            entry.status = status
            self.add("status", entry.sender, entry.receiver, message_id=message_id, status=status)

    def withdraw(self, message_id: str) -> None:
        """Takes a message off both phones; they show that there was one."""
        if entry := self._messages.get(message_id):
            entry.status, entry.text, entry.media_id, entry.filename = "deleted", None, None, None
            self.add("status", entry.sender, entry.receiver, message_id=message_id, status="deleted")

    def knows(self, message_id: str) -> bool:
        return message_id in self._messages

    def entries(self, phone: str | None, after: int) -> list[Entry]:
        """Entries of a phone (or of all) with a higher number, oldest first."""
        source = self._all if phone is None else self._of_phone.get(phone, ())
        found: list[Entry] = []
        for entry in reversed(source):
            if entry.seq <= after:
                break
            found.append(entry)
        return found[::-1]

    def sent_by_api(self, phone: str | None, after: int) -> list[Entry]:
        """What Usta sent to a phone (or to all) after that number."""
        return [
            entry
            for entry in self.entries(phone, after)
            if entry.type == "message" and entry.from_api and phone in (None, entry.receiver)
        ]

    @contextmanager
    def watching(self, phone: str | None) -> Iterator[asyncio.Event]:
        """An event that is set whenever the phone (or any, for None) has something new."""
        event = asyncio.Event()
        self._waiting[phone].add(event)
        try:
            yield event
        finally:
            self._waiting[phone].discard(event)
            if not self._waiting[phone]:
                del self._waiting[phone]

    @contextmanager
    def busy(self, phone: str) -> Iterator[None]:
        """Marks a phone busy while something of it is on its way."""
        self._in_flight[phone] = self._in_flight.get(phone, 0) + 1
        try:
            yield
        finally:
            self._in_flight[phone] -= 1
            if not self._in_flight[phone]:
                del self._in_flight[phone]

    def is_busy(self, phone: str) -> bool:
        """True while a webhook or a send of that phone is under way."""
        return phone in self._in_flight

    def add_media(self, file: File) -> None:
        self._media[file.id] = file
        self._media_bytes += len(file.content)
        while len(self._media) > MEDIA_FILES or self._media_bytes > MEDIA_BYTES:
            _, forgotten = self._media.popitem(last=False)
            self._media_bytes -= len(forgotten.content)

    def media(self, media_id: str) -> File | None:
        return self._media.get(media_id)

    def _wake(self, phone: str | None) -> None:
        for event in self._waiting.get(phone, ()):
            event.set()
