"""Sending an issued document: to the client behind an approval and a hold, to the artisan freely (UX-44, UX-45)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import documents as repository
from services.documents import service as documents
from services.documents.schemas import Document
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage

PDF = "application/pdf"


class NoAddress(LookupError):
    """The client has no phone to send to."""


async def send_to_client(
    session: AsyncSession,
    organization_id: UUID,
    document: Document,
    *,
    account_id: UUID,
    conversation_id: UUID | None,
    message_id: UUID,
    body: str,
    now: datetime,
    hold_seconds: float,
) -> UUID:
    """Queues the PDF with ``body`` for the client after the hold, on the approval given in ``message_id``.

    Raises ``NoAddress`` without a phone and ``ConsentMissing`` when this version was never shown to the artisan.
    """
    if document.buyer is None or not document.buyer.phone:
        raise NoAddress(document.number or str(document.id))
    approval = await documents.approve(session, organization_id, document, "send", message_id)
    row = await repository.get_row(session, organization_id, document.kind, document.id, lock=True)
    if row is None or row.number is None or row.issued_version != document.version:
        raise documents.ConsentMissing(f"{document.id} is not issued in version {document.version}")
    return await outbox.enqueue(
        session,
        OutgoingMessage(
            organization_id=organization_id,
            account_id=account_id,
            recipient="client",
            to_phone=document.buyer.phone,
            kind="document",
            body=body,
            attachment_key=row.pdf_key,
            filename=documents.filename(document),
            media_type=PDF,
            document_kind=document.kind,
            document_id=document.id,
            document_version=document.version,
            approval_id=approval.id,
            conversation_id=conversation_id,
            not_before=now + timedelta(seconds=hold_seconds),
        ),
    )


async def mark_sent(session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID, to_phone: str) -> None:
    """Notes that the client's copy has left: only then is the document "sent" (C05)."""
    row = await repository.get_row(session, organization_id, kind, document_id, lock=True)
    if row is None:
        return
    row.status = "sent" if row.status == "issued" else row.status
    row.sent_to, row.sent_channel, row.sent_via_whatsapp_at = to_phone, "whatsapp", func.now()
    await session.flush()
