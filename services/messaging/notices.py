"""What messaging has to tell the rest of the house; the words are chosen elsewhere, by the job that is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer
from db.settings import settings

DELIVERY_FAILED = "delivery_failed"
"""Job called with ``outbox_id`` when a message was given up: its artisan, or an admin, must learn of it (R058)."""

CLIENT_COPY_SENT = "client_copy_sent"
"""Job called with ``outbox_id`` when a client's copy of a document has left: only then is it "sent" (C05)."""

DAY_IS_FULL = "sending_day_is_full"
"""Job called with ``outbox_id`` of the first message of an organization that waits because its number's day is full."""
COPY_NOT_DELIVERED = "copy_not_delivered"
"""Job called with ``outbox_id`` and ``times`` when a client's copy left and no receipt has come (UX-78)."""

LOOK_FOR_RECEIPT = "look_for_receipt"
"""Job called with ``outbox_id`` and ``times`` when a receipt should have come by then."""

TELL_OF_STALE = "tell_of_stale"
"""Job called with ``organization_id`` and ``chat_id`` when an order came so late that it is not acted upon (UX-15)."""

A_BURST = timedelta(seconds=20)
"""How long to wait for the rest of what comes after an outage, so that one notice speaks of all."""

RECEIPT_AFTER = (timedelta(minutes=2), timedelta(minutes=15))
"""When the artisan learns, for the first and the last time, that his client's copy is not delivered (UX-78)."""


async def client_copy_sent(session: AsyncSession, outbox_id: UUID) -> None:
    """Calls for what follows a client's copy, in the transaction that records it as sent."""
    await defer(session, CLIENT_COPY_SENT, outbox_id=str(outbox_id))


async def delivery_failed(session: AsyncSession, outbox_id: UUID, why: str = "other") -> None:
    """Calls for the notice about a message that will not arrive, in the transaction that gives it up.

    ``why``: "invalid_recipient", "blocked", "window" (of 24 hours, closed), "too_large", "objected" (he said
    STOP) or "other".
    """
    await defer(session, DELIVERY_FAILED, outbox_id=str(outbox_id), why=why)


async def day_is_full(session: AsyncSession, outbox_id: UUID) -> None:
    """Calls for the notice that messages wait until tomorrow (C31)."""
    await defer(session, DAY_IS_FULL, outbox_id=str(outbox_id))


async def expect_receipt(session: AsyncSession, outbox_id: UUID) -> None:
    """Calls for a look at whether a client's copy was delivered, once it should have been."""
    now = datetime.now(UTC)
    for times, after in enumerate(RECEIPT_AFTER, start=1):
        await defer(session, LOOK_FOR_RECEIPT, schedule_at=now + after, outbox_id=str(outbox_id), times=times)


async def copy_not_delivered(session: AsyncSession, outbox_id: UUID, times: int) -> None:
    """Calls for the words about a copy without a receipt, in the transaction that notes that he is told."""
    await defer(session, COPY_NOT_DELIVERED, outbox_id=str(outbox_id), times=times)


async def came_too_late(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> None:
    """Calls for the notice about orders of a chat that came too late; one job for a burst finds all of them."""
    at = datetime.now(UTC) + A_BURST * settings().debounce_scale
    await defer(
        session,
        TELL_OF_STALE,
        lock=f"stale:{chat_id}",
        schedule_at=at,
        organization_id=str(organization_id),
        chat_id=str(chat_id),
    )
