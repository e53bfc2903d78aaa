"""Sends the outbox: in order per recipient, never lost, never twice (DESIGN §3).

A row is claimed (``sending``) in a committed transaction before the call and recorded after it. Whatever happens in
between, a row found ``sending`` may have left: its chat is looked at before it is sent again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import outbox as repository
from db.repositories.recipients import mark_unreachable
from db.session import Database
from services.messaging import slots
from services.messaging.capabilities import CAPABILITIES
from services.messaging.channel import ChannelOf, Document, Receipt, Target
from services.messaging.channel_errors import (
    ChannelError,
    InvalidRecipient,
    OutcomeUnknown,
    RateLimited,
    TooLarge,
    Unavailable,
    WindowClosed,
)
from services.messaging.echoes import same_content
from services.messaging.notices import delivery_failed
from services.messaging.outbox import defer_delivery, record_sent
from services.messaging.pacing import ANSWER_WITHIN
from services.messaging.retry_policy import FileMissing, TooSlow, rule_for
from services.operations.metrics import DELIVERIES, DELIVERY_SECONDS, on_commit
from services.sessions.record import note_failure
from services.storage.service import StoreDown

GIVE_UP_LOOKING = timedelta(minutes=30)
"""After so long without being able to look into the chat a row fails, rather than perhaps arriving twice."""

TYPING_PER_CHARACTER = 0.01
"""Seconds; 200 characters show it for the two seconds of R052."""

PACED = tuple(provider for provider, capabilities in CAPABILITIES.items() if capabilities.linked_device)

log = structlog.get_logger(__name__)

ReadFile = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers lanes of the outbox. ``lease`` (seconds): for so long a claimed row belongs to whoever claimed it.

    A call starts within a fifth of the lease and is cut off after the rest, so when the lease is over nobody sends.
    ``pace`` multiplies the gaps of ``pacing``, 0 = none; ``typing`` is the longest "is typing" of an answer, seconds.
    """

    database: Database
    channel_of: ChannelOf
    read_file: ReadFile
    lease: float = 30.0
    pace: float = 1.0
    typing: float = 0.0

    async def drain(self, account_id: UUID, lane: str) -> int:
        """Sends what is due in a lane, first to last, until a row must wait; returns how many sends were tried."""
        attempts, claimed_at = 0, time.monotonic()
        async with self.database.system() as session:
            row = await self._claim(session, account_id, lane)
        while row is not None:
            if not row.claimed and not await self._settle_if_ripe(row, lane):
                break
            record = await self._attempt(row, claimed_at) if row.claimed else _nothing
            attempts, claimed_at = attempts + int(row.claimed), time.monotonic()
            async with self.database.system() as session:
                if not await record(session, lane):
                    break
                row = await self._claim(session, account_id, lane)
        return attempts

    async def _claim(self, session: AsyncSession, account_id: UUID, lane: str) -> Any:
        """The first row of the lane, claimed when it is due and, unless it is an answer, its slot has come."""
        row = await repository.claim(
            session, account_id, lane, paced=PACED if self.pace else (), answer_within=ANSWER_WITHIN
        )
        if row is None or row.claimed or row.status != "queued" or (row.not_before and row.not_before > row.now):
            return row
        return await slots.take(session, row, lane, self.pace, self.lease)

    async def _attempt(self, row: Any, claimed_at: float) -> Callable[[AsyncSession, str], Awaitable[bool]]:
        """Sends a claimed row; returns what to record, to be done together with the next claim."""
        try:
            async with asyncio.timeout(self.lease * 0.8):
                receipt = await self._send(row, claimed_at)
        except TimeoutError:
            return self._failure(row, OutcomeUnknown("timed out"))
        except ChannelError as error:
            return self._failure(row, error)
        except Exception as error:
            log.exception("outbox.unexpected", outbox_id=str(row.id))
            return self._failure(row, OutcomeUnknown(repr(error)[:300]))

        async def record(session: AsyncSession, lane: str) -> bool:
            await _record(session, row, receipt)
            return True

        return record

    async def _send(self, row: Any, claimed_at: float) -> Receipt:
        target = _target(row)
        document = None if row.kind == "text" else await self._document(row)
        if time.monotonic() - claimed_at > self.lease * 0.2:
            raise TooSlow("this worker was held up between claiming and sending")
        channel = self.channel_of(row.provider)
        if document:
            return await channel.send_document(target, document)
        return await channel.send_text(replace(target, typing=self._typing(row)), row.body or "", row.choices)

    def _typing(self, row: Any) -> float:
        """Seconds of "is typing": as long as the text deserves, for an answer only (R052)."""
        return min(self.typing, TYPING_PER_CHARACTER * len(row.body or "")) if row.pace == "reply" else 0.0

    async def _document(self, row: Any) -> Document:
        try:
            content = await self.read_file(row.attachment_key or "")
        except LookupError as error:
            raise FileMissing(str(error)) from error
        except StoreDown as error:  # nothing has left: as often and as long as a provider that does not answer
            raise Unavailable(str(error)[:300]) from error
        media_type = row.media_type or "application/octet-stream"
        name = row.filename or (row.attachment_key or "").rpartition("/")[2]
        if len(content) > CAPABILITIES[row.provider].maximum_file_bytes:
            raise TooLarge(f"{len(content)} bytes", type="content_too_large")
        return Document(content, name, media_type, row.body, voice=row.kind == "audio")

    def _failure(self, row: Any, error: ChannelError) -> Callable[[AsyncSession, str], Awaitable[bool]]:
        async def record(session: AsyncSession, lane: str) -> bool:
            return await self._record_failure(session, lane, row, error)

        return record

    async def _record_failure(self, session: AsyncSession, lane: str, row: Any, error: ChannelError) -> bool:
        """Applies the retry policy; False when the lane must wait."""
        rule = rule_for(error)
        log.warning("outbox.failed", outbox_id=str(row.id), attempt=row.attempts, error=str(error))
        await note_failure(session, row.account_id, error)
        if row.attempts >= rule.attempts and not rule.look_first:
            await _give_up(session, row, error)
            return True
        on_commit(session, DELIVERIES.labels("whatsapp", "uncertain" if rule.look_first else "again").inc)
        seconds = rule.delay(row.attempts)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            seconds = max(seconds, error.retry_after)
        at = await repository.moment_after(session, seconds)
        if rule.look_first:
            await repository.await_certainty(session, row, at, str(error))
        else:
            await repository.requeue(session, row, at, str(error))
        await defer_delivery(session, row.account_id, lane, at)
        return False

    async def _settle_if_ripe(self, row: Any, lane: str) -> bool:
        """Looks after the first row of a lane that could not be claimed; True when the lane may go on."""
        if row.status == "queued":
            return False
        ripe_at: datetime = row.not_before or row.sending_at + timedelta(seconds=self.lease)
        if row.now < ripe_at:
            async with self.database.system() as session:
                await defer_delivery(session, row.account_id, lane, ripe_at)
            return False
        return await self._settle(row, lane)

    async def _settle(self, row: Any, lane: str) -> bool:
        """Finds out whether a row left before the call broke off or the worker died."""
        try:
            receipt = await self._find(row)
        except ChannelError as error:
            async with self.database.system() as session:
                if row.now - row.sending_at > GIVE_UP_LOOKING:
                    await _give_up(session, row, error)
                    return True
                at = await repository.moment_after(session, rule_for(OutcomeUnknown()).delay(99))
                await repository.await_certainty(session, row, at, str(error))
                await defer_delivery(session, row.account_id, lane, at)
            return False
        async with self.database.system() as session:
            if receipt:
                await _record(session, row, receipt)
            elif row.attempts >= rule_for(OutcomeUnknown()).attempts:
                await _give_up(session, row, OutcomeUnknown("not found in the chat"))
            else:
                await repository.requeue(session, row, None, "not found in the chat")
        log.info("outbox.settled", outbox_id=str(row.id), had_left=receipt is not None)
        return True

    async def _find(self, row: Any) -> Receipt | None:
        recent = await self.channel_of(row.provider).find_recent(_target(row), row.sending_at)
        same = [message for message in recent if same_content(row, message.text, list(message.filenames))]
        async with self.database.system() as session:
            taken = await repository.sent_elsewhere(
                session, row.account_id, [message.message_ref for message in same], row.id
            )
        found = next((message for message in reversed(same) if message.message_ref not in taken), None)
        return Receipt(found.chat_ref, found.message_ref, found.at) if found else None


async def _nothing(session: AsyncSession, lane: str) -> bool:
    return True


async def _record(session: AsyncSession, row: Any, receipt: Receipt) -> None:
    await record_sent(
        session,
        row.id,
        provider_chat_id=receipt.chat_ref,
        provider_message_id=receipt.message_ref,
        sent_at=receipt.at,
    )

    def count() -> None:
        DELIVERIES.labels("whatsapp", "sent").inc()
        DELIVERY_SECONDS.labels(row.pace or "known").observe(max((row.now - row.created_at).total_seconds(), 0.0))

    on_commit(session, count)


async def _give_up(session: AsyncSession, row: Any, error: ChannelError) -> None:
    on_commit(session, DELIVERIES.labels("whatsapp", "failed").inc)
    log.error("outbox.given_up", outbox_id=str(row.id), recipient=row.recipient, error=str(error))
    if not await repository.fail(session, row, str(error)):
        return
    why, given_up = _why(error), [row.id]
    if isinstance(error, InvalidRecipient) and row.recipient == "client" and row.to_phone:
        given_up += await mark_unreachable(session, row.organization_id, row.to_phone, why, str(error))
    for outbox_id in given_up:
        await delivery_failed(session, outbox_id, why)


def _why(error: ChannelError) -> str:
    if isinstance(error, InvalidRecipient):
        return "blocked" if error.type == "blocked_recipient" else "invalid_recipient"
    if isinstance(error, WindowClosed):
        return "window"
    return "too_large" if isinstance(error, TooLarge) else "other"


def _target(row: Any) -> Target:
    return Target(row.provider_account_id, row.provider_chat_id, row.to_phone)
