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
from services.messaging.notices import client_copy_sent, expect_receipt
from services.messaging.schemas import OutgoingMessage

MAXIMUM_TEXT = 4000
"""Characters in one message; longer texts become several (unipile.md §6.7)."""
ANSWERS_FIRST = 1
"""Priority of the delivery to an artisan, who waits for it."""


class NoRecipient(ValueError):
    """An outgoing message names neither a chat nor a phone."""


async def enqueue(session: AsyncSession, message: OutgoingMessage) -> UUID:
    """Writes ``message`` into the outbox and defers its delivery; both exist only if the transaction commits.

    A text over 4 000 characters becomes several rows, which leave one after another, each exactly once; the id of the
    first is returned. Raises ``NoRecipient``; the database refuses a message to a client without an approval of its
    version.
    """
    if message.channel == "email" or len(message.body or "") <= MAXIMUM_TEXT:
        return await _enqueue(session, message)
    first, *others = parts_of(message.body or "")
    outbox_id = await _enqueue(session, message.model_copy(update={"body": first}))
    for part in others:
        file = dict.fromkeys(("attachment_key", "filename", "media_type"))
        await _enqueue(session, message.model_copy(update={"body": part, "kind": "text", **file}))
    return outbox_id


def parts_of(text: str, limit: int = MAXIMUM_TEXT) -> list[str]:
    """The text in parts of at most ``limit`` characters, cut at the end of a line, else of a word, else anywhere."""
    parts = []
    while len(text) > limit:
        ends = (text.rfind(mark, 1, limit + 1) for mark in ("\n", " "))
        cut = next((end for end in ends if end > 0), limit)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip("\n" if text[cut] == "\n" else None)
    return [part for part in (*parts, text) if part.strip()]


async def _enqueue(session: AsyncSession, message: OutgoingMessage) -> UUID:
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
    priority = ANSWERS_FIRST if message.recipient == "artisan" else 0
    await defer_delivery(session, message.account_id, lane, message.not_before, priority)
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
        await expect_receipt(session, outbox_id)
    return recorded


async def defer_delivery(
    session: AsyncSession, account_id: UUID, lane: str, at: datetime | None, priority: int = 0
) -> None:
    """Calls for the delivery of a lane (see ``db.repositories.outbox``), at ``at`` or at once."""
    lock = f"outbox:{account_id}:{lane}"
    arguments = {"account_id": str(account_id), "lane": lane}
    await defer(session, "deliver", lock=lock, schedule_at=at, priority=priority, **arguments)
