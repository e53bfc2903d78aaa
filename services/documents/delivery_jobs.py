"""Jobs that follow the delivery of documents: what a client's copy changes, and what the artisan must hear of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Outbox
from db.queue import database, queue
from db.repositories import conversations
from db.repositories import outbox as outgoing_rows
from db.repositories.accounts import add_log
from prompts.replies import say
from services.documents import sending
from services.documents import service as documents
from services.messaging import outbox as outgoing
from services.messaging.notices import COPY_NOT_DELIVERED
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words


@queue.task(name="client_copy_sent", retry=RetryStrategy(max_attempts=5, wait=2))
async def client_copy_sent(*, outbox_id: str) -> None:
    """A client's copy has left: the document is now sent (C05)."""
    async with database().system() as session:
        row = await outgoing_rows.get_row(session, UUID(outbox_id))
        if row and row.organization_id and row.document_kind and row.document_id:
            way = sending.Way("email", row.to_email) if row.to_email else sending.Way("whatsapp", row.to_phone or "")
            await sending.mark_sent(session, row.organization_id, row.document_kind, row.document_id, way)


@queue.task(name="delivery_failed", retry=RetryStrategy(max_attempts=5, wait=2))
async def delivery_failed(*, outbox_id: str, why: str = "other") -> None:
    """A message was given up: an admin sees it, and the artisan is told when he waits for it (R058).

    ``why`` as in ``services.messaging.notices``.
    """
    async with database().system() as session:
        row = await outgoing_rows.get_row(session, UUID(outbox_id))
        if row is None or row.organization_id is None:
            return
        add_log(
            session,
            row.organization_id,
            "message.failed",
            row.error or "not delivered",
            type="error",
            outbox_id=outbox_id,
            recipient=row.recipient,
        )
        if row.recipient == "client":
            sentence = "answers.file_too_large" if why == "too_large" else "answers.delivery_failed"
            await _tell_artisan(session, row, sentence, why=why)
        elif row.kind == "document":
            await _tell_artisan(session, row, "answers.file_too_large" if why == "too_large" else "answers.pdf_failed")


@queue.task(name=COPY_NOT_DELIVERED, retry=RetryStrategy(max_attempts=5, wait=2))
async def copy_not_delivered(*, outbox_id: str, times: int) -> None:
    """A client's copy left and no receipt came: its artisan learns of it, after two minutes and once more (UX-78)."""
    async with database().system() as session:
        row = await outgoing_rows.get_row(session, UUID(outbox_id))
        if row is not None and row.recipient == "client" and row.status == "sent":
            await _tell_artisan(session, row, "answers.copy_waits" if times == 1 else "answers.copy_still_waits")


@queue.task(name="sending_day_is_full", retry=RetryStrategy(max_attempts=5, wait=2))
async def sending_day_is_full(*, outbox_id: str) -> None:
    """The number has written its daily share: the artisan hears once that the rest leaves tomorrow (C31)."""
    async with database().system() as session:
        row = await outgoing_rows.get_row(session, UUID(outbox_id))
        if row is not None and row.recipient == "client":
            await _tell_artisan(session, row, "answers.sent_tomorrow")


@queue.task(name="message_revoked", retry=RetryStrategy(max_attempts=5, wait=2))
async def message_revoked(*, outbox_id: str, outcome: str) -> None:
    """A message that was wanted back is gone, or it was too late: of a client's copy the artisan hears which (R059)."""
    async with database().system() as session:
        row = await outgoing_rows.get_row(session, UUID(outbox_id))
        if row is None or row.organization_id is None:
            return
        add_log(session, row.organization_id, "message.revoked", outcome, about=row.id)
        if row.recipient != "client":
            return
        if outcome != "too_late" and row.document_kind and row.document_id:
            await sending.mark_unsent(session, row.organization_id, row.document_kind, row.document_id)
        await _tell_artisan(session, row, "answers.withdrawn", outcome=outcome)


async def _tell_artisan(session: AsyncSession, row: Outbox, sentence: str, **values: Any) -> None:
    """Says ``sentence`` about the document of ``row`` to the artisan of its conversation, in his language."""
    if not (row.organization_id and row.conversation_id and row.document_kind and row.document_id):
        return
    found = await conversations.artisan_of(session, row.organization_id, row.conversation_id)
    if found is None:
        return
    conversation, user = found
    document = await documents.load(session, row.organization_id, row.document_kind, row.document_id)
    async with own_words(session, row.organization_id):
        text = say(
            conversation.language,
            sentence,
            form=user.address_form,
            number=document.number,
            client=document.buyer.name if document.buyer else "",
            **values,
        )
        message = OutgoingMessage(
            organization_id=row.organization_id,
            account_id=row.account_id,
            chat_id=conversation.chat_id,
            to_phone=user.whatsapp_phone,
            body=text,
            conversation_id=conversation.id,
        )
        await outgoing.enqueue(session, message)
