"""Looks through one chat at the provider and brings the inbox up to it: new messages, and what became of known ones.

Nothing is taken twice: the inbox knows a message by the provider's id, whether a webhook or a look brings it first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import messaging as messages
from db.repositories import sync as repository
from db.session import Database
from services.messaging import inbox
from services.messaging.directory import Entry, find_account
from services.messaging.payloads import UnreadablePayload
from services.messaging.schemas import InboundMessage, RawWebhook
from services.sync.reading import inbound_of, needs_people
from services.sync.source import Resource, Source

FOUND_BY = "found-by"
"""Header under which the raw event of a listed message says that no webhook brought it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that is looked into. Messages sent up to ``history_until`` are stored and never answered."""

    ref: str
    history_until: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look through a chat brought: messages that were not known, and the time of the newest one."""

    new: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """One look: from where, and how much of it. ``importing`` takes the provider's unread count along."""

    database: Database
    source: Source
    account: Account
    importing: bool = False
    most: int | None = None

    async def through(self, chat: Resource, after: datetime | None) -> Seen:
        """Takes in what the chat holds since ``after`` (exclusive), oldest first. Raises ``ChannelError``.

        All of it commits at once; when it fails, the next look begins at the same place.
        """
        listed = await self._list(str(chat["id"]), after)
        async with self.database.system() as session:
            entry = await find_account(session, self.account.ref)
            if entry is None:
                return Seen(0, None)
            known = await repository.known(session, entry.account.id, [str(each.get("id")) for each in listed])
        fresh = [each for each in listed if _is_fresh(each, known)]
        people = await self.source.chat_attendees(str(chat["id"])) if fresh and self._wants_people(chat) else []
        return await self._store(entry, chat, listed, known, people)

    def _wants_people(self, chat: Resource) -> bool:
        return self.importing or needs_people(chat)

    async def _list(self, chat_ref: str, after: datetime | None) -> list[Resource]:
        limit = min(self.most or 100, 100)
        found: list[Resource] = []
        async for message in self.source.list_messages(chat_ref, after=after, limit=limit):
            found.append(message)
            if self.most and len(found) >= self.most:
                break
        return found[::-1]

    async def _store(
        self, entry: Entry, chat: Resource, listed: Sequence[Resource], known: dict[str, Any], people: list[Resource]
    ) -> Seen:
        new, until = 0, _moment(chat.get("timestamp")) if self.importing else None
        async with self.database.system() as session:
            for resource in listed:
                now = datetime.now(UTC)
                raw = RawWebhook(json.dumps(resource).encode(), now, {FOUND_BY: "poll"})
                try:
                    message = inbound_of(entry.account, self.account.ref, chat, resource, people, now)
                except UnreadablePayload as error:
                    await messages.keep_event(session, inbox.event_row(raw, None, "unreadable"), str(error)[:1000])
                    continue
                until = max(until or message.sent_at, message.sent_at)
                if _is_fresh(resource, known):
                    new += int(await self._take(session, entry, resource, message, raw))
                else:
                    await _catch_up(session, entry, resource, message, raw, known[message.message_ref])
            await repository.looked_through(
                session,
                entry.account.id,
                str(chat["id"]),
                until=until,
                archived=bool(chat.get("archived")),
                muted_until=_moment(chat.get("muted_until")),
                unread=_count(chat.get("unread_count")) if self.importing else None,
            )
        return Seen(new, until)

    async def _take(
        self, session: AsyncSession, entry: Entry, resource: Resource, message: InboundMessage, raw: RawWebhook
    ) -> bool:
        """True when the message was not known."""
        is_history = message.sent_at <= self.account.history_until or (self.importing and not resource.get("timestamp"))
        if is_history:
            return not resource.get("deleted") and await inbox.import_message(session, entry, message, raw.received_at)
        if resource.get("deleted"):
            message = message.model_copy(update={"kind": "deleted"})
        received = await inbox.take_in(session, raw, entry, message)
        log.info("sync.recovered", chat=str(received.chat_id), outcome=received.outcome)
        return received.outcome in ("queued", "stored")


def _is_fresh(resource: Resource, known: dict[str, Any]) -> bool:
    row = known.get(str(resource.get("id")))
    return row is None or row.placeholder


async def _catch_up(
    session: AsyncSession, entry: Entry, resource: Resource, message: InboundMessage, raw: RawWebhook, row: Any
) -> None:
    """Applies what happened to a known message without our being told."""
    if resource.get("deleted"):
        if row.deleted_at is None:
            await inbox.take_in(session, raw, entry, message.model_copy(update={"kind": "deleted"}))
        return
    if resource.get("edited") and message.text != row.words:
        await inbox.take_in(session, raw, entry, message.model_copy(update={"kind": "edited"}))
    if row.direction != "outbound":
        return
    for flag, kind, at in (("delivered", "delivered", row.delivered_at), ("seen", "read", row.read_at)):
        if resource.get(flag) and at is None:
            change = {"kind": kind, "sent_at": raw.received_at}
            await inbox.take_in(session, raw, entry, message.model_copy(update=change))


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 1_000_000 else 0
