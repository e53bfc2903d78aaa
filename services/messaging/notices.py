"""What messaging has to tell the rest of the house; the words are chosen elsewhere, by the job that is called."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer

DELIVERY_FAILED = "delivery_failed"
"""Job called with ``outbox_id`` when a message was given up: its artisan, or an admin, must learn of it (R058)."""

CLIENT_COPY_SENT = "client_copy_sent"
"""Job called with ``outbox_id`` when a client's copy of a document has left: only then is it "sent" (C05)."""

DAY_IS_FULL = "sending_day_is_full"
"""Job called with ``outbox_id`` of the first message of an organization that waits because its number's day is full."""


async def client_copy_sent(session: AsyncSession, outbox_id: UUID) -> None:
    """Calls for what follows a client's copy, in the transaction that records it as sent."""
    await defer(session, CLIENT_COPY_SENT, outbox_id=str(outbox_id))


async def delivery_failed(session: AsyncSession, outbox_id: UUID, why: str = "other") -> None:
    """Calls for the notice about a message that will not arrive, in the transaction that gives it up.

    ``why``: "invalid_recipient", "blocked", "too_large" or "other".
    """
    await defer(session, DELIVERY_FAILED, outbox_id=str(outbox_id), why=why)


async def day_is_full(session: AsyncSession, outbox_id: UUID) -> None:
    """Calls for the notice that messages wait until tomorrow (C31)."""
    await defer(session, DAY_IS_FULL, outbox_id=str(outbox_id))
