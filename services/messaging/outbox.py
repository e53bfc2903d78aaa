"""What must leave is a row, written in the transaction that decided it; delivery is a job of its own (DESIGN §3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer
from db.repositories import outbox as repository
from db.repositories.outbox import Recorded
from prompts.replies import sentences_said
from services.messaging.notices import client_copy_sent
from services.messaging.schemas import OutgoingMessage


class NoRecipient(ValueError):
    """An outgoing message names neither a chat nor a phone."""


async def enqueue(session: AsyncSession, message: OutgoingMessage) -> UUID:
    """Writes ``message`` into the outbox and defers its delivery; both exist only if the transaction commits.

    Raises ``NoRecipient``; the database refuses a message to a client without an approval of its version.
    """
    values = message.model_dump(exclude={"organization_id"})
    if said := sentences_said():
        values["provenance"] = {"sentences": said, **message.provenance}
    outbox_id = await repository.insert_row(
        session,
        message.organization_id,
        {**values, "approval_kind": "send" if message.approval_id else None},
    )
    if message.channel == "email":
        await defer(session, "deliver_mail", schedule_at=message.not_before, outbox_id=str(outbox_id))
        return outbox_id
    lane = message.to_phone or (str(message.chat_id) if message.chat_id else None)
    if lane is None:
        raise NoRecipient(str(outbox_id))
    await defer_delivery(session, message.account_id, lane, message.not_before)
    return outbox_id


async def cancel_held(session: AsyncSession, organization_id: UUID, document_id: UUID | None = None) -> int:
    """Stops what is still held back for clients (UX-45), of one document or all; returns how many were stopped.

    A row that delivery has claimed is not stopped any more: 0 tells the caller to say so.
    """
    return await repository.cancel_held(session, organization_id, document_id)


async def record_sent(session: AsyncSession, outbox_id: UUID, **values: Any) -> Recorded:
    """Records that a row left, told by the call's answer, a look into the chat or the echo, whichever comes first.

    ``values`` as in ``db.repositories.outbox.record_sent``. What follows a client's copy is called for once.
    """
    recorded = await repository.record_sent(session, outbox_id, **values)
    if recorded.first and recorded.recipient == "client":
        await client_copy_sent(session, outbox_id)
    return recorded


async def defer_delivery(session: AsyncSession, account_id: UUID, lane: str, at: datetime | None) -> None:
    """Calls for the delivery of a lane (see ``db.repositories.outbox``), at ``at`` or at once."""
    lock = f"outbox:{account_id}:{lane}"
    await defer(session, "deliver", lock=lock, schedule_at=at, account_id=str(account_id), lane=lane)
