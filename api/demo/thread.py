"""The chat as the phone in hand shows it: bubbles made of what the simulated network carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from markupsafe import Markup

from api.demo.clock import clock_time, day_of
from api.demo.markup import Option, html, options, unbroken
from services.messaging.simulator.feed import Entry

_LONGEST_THREAD = 300


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message; ``media_id`` is the simulator's. ``shape`` says how the phone shows it."""

    media_id: str
    shape: Literal["pdf", "image", "audio", "file"]
    filename: str


DELETED = Markup("🚫")
"""What a phone shows of a message that was taken back."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. ``mine`` is true when the phone in hand wrote it; ``status`` is sent, delivered or read."""

    id: str
    mine: bool
    at: datetime
    time: str
    day: date
    text: Markup
    attached: Attached | None
    status: str
    options: Sequence[Option] = ()
    opens_day: bool = False
    follows_same: bool = False


def bubbles(entries: Sequence[Entry], phone: str, *, with_options: bool) -> list[Bubble]:
    """The messages that ``phone`` (E.164) wrote or received, oldest first, at most the last 300.

    The numbered answers are offered on the last message only, and only when the phone has not answered since (UX-55).
    """
    messages = [entry for entry in entries if entry.type == "message"][-_LONGEST_THREAD:]
    thread: list[Bubble] = []
    for position, entry in enumerate(messages):
        before = thread[-1] if thread else None
        mine, day = entry.sender == phone, day_of(entry.at)
        is_last = position == len(messages) - 1
        thread.append(
            Bubble(
                id=entry.message_id or str(entry.seq),
                mine=mine,
                at=entry.at,
                time=clock_time(entry.at),
                day=day,
                text=DELETED
                if entry.status == "deleted"
                else html(entry.text or "" if mine else unbroken(entry.text or "")),
                attached=_attached(entry),
                status=entry.status,
                options=options(entry.text or "") if with_options and is_last and not mine else (),
                opens_day=before is None or before.day != day,
                follows_same=before is not None and before.mine == mine and before.day == day,
            )
        )
    return thread


def _attached(entry: Entry) -> Attached | None:
    if not entry.media_id:
        return None
    return Attached(entry.media_id, _shape(entry), entry.filename or "")


def _shape(entry: Entry) -> Literal["pdf", "image", "audio", "file"]:
    media_type = (entry.media_type or "").lower()
    if entry.kind == "audio" or media_type.startswith("audio/"):
        return "audio"
    if media_type.startswith("image/"):
        return "image"
    return "pdf" if media_type == "application/pdf" else "file"
