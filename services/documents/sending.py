"""Sending an issued document: to the client behind an approval and a hold, to the artisan freely (UX-44, UX-45)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import consents, recipients
from db.repositories import documents as repository
from db.repositories.accounts import add_log
from services.documents import service as documents
from services.documents.consent import Word
from services.documents.schemas import Buyer, Document
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage

PDF = "application/pdf"


class NoAddress(LookupError):
    """The client has neither a phone nor, where e-mail is set up, an e-mail address."""


@dataclass(frozen=True)
class Way:
    """How a client is reached: channel "whatsapp" with an E.164 phone, or "email" with an address."""

    channel: Literal["whatsapp", "email"]
    address: str


def way_to(buyer: Buyer | None, *, mail: bool) -> Way | None:
    """WhatsApp when the client has a phone, e-mail when he has an address and an SMTP server is set up."""
    if buyer is not None and buyer.phone:
        return Way("whatsapp", buyer.phone)
    if buyer is not None and buyer.email and mail:
        return Way("email", buyer.email)
    return None


async def open_way(
    session: AsyncSession, organization_id: UUID, buyer: Buyer | None, *, mail: bool
) -> tuple[Way | None, str | None]:
    """The way that is not known to fail, and why WhatsApp is none: refused by it ("blocked" …), or "objected" by him.

    A client who takes no messages gets an e-mail where that is possible; else somebody must ask for a number. Whoever
    said STOP is not written to by WhatsApp, whatever his number (R250, RGPD article 21).
    """
    way = way_to(buyer, mail=mail)
    if buyer is None or way is None or way.channel != "whatsapp":
        return way, None
    if await consents.wants_no_messages(session, organization_id, buyer.client_id, way.address):
        why: str | None = "objected"
    else:
        why = await recipients.refusal(session, organization_id, way.address)
    if why is None:
        return way, None
    return (Way("email", buyer.email) if buyer.email and mail else None), why


async def send_to_client(
    session: AsyncSession,
    organization_id: UUID,
    document: Document,
    *,
    account_id: UUID,
    conversation_id: UUID | None,
    word: Word,
    body: str,
    now: datetime,
    hold_seconds: float,
    mail: bool,
) -> UUID:
    """Queues the PDF with ``body`` for the client after the hold, on the approval given by ``word``.

    Raises ``NoAddress`` without a way to him and ``ConsentMissing`` when nobody approved this version after seeing it.
    """
    way, _ = await open_way(session, organization_id, document.buyer, mail=mail)
    if way is None:
        raise NoAddress(document.number or str(document.id))
    approval = await documents.approve(session, organization_id, document, "send", word)
    row = await repository.get_row(session, organization_id, document.kind, document.id, lock=True)
    if row is None or row.number is None or row.issued_version != document.version:
        raise documents.ConsentMissing(f"{document.id} is not issued in version {document.version}")
    add_log(session, organization_id, "document.sent", row.number, type="audit", about=document.id, way=way.channel)
    return await outbox.enqueue(
        session,
        OutgoingMessage(
            organization_id=organization_id,
            account_id=account_id,
            recipient="client",
            channel=way.channel,
            to_phone=way.address if way.channel == "whatsapp" else None,
            to_email=way.address if way.channel == "email" else None,
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


async def mark_sent(session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID, way: Way) -> None:
    """Notes that the client's copy has left: only then is the document "sent" (C05)."""
    row = await repository.get_row(session, organization_id, kind, document_id, lock=True)
    if row is None:
        return
    row.status = "sent" if row.status == "issued" else row.status
    row.sent_to, row.sent_channel = way.address, way.channel
    row.sent_via_whatsapp_at = func.now() if way.channel == "whatsapp" else None
    await session.flush()


async def mark_unsent(session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID) -> None:
    """Notes that the client's copy was taken back: the document is issued, and nobody has it."""
    row = await repository.get_row(session, organization_id, kind, document_id, lock=True)
    if row is None:
        return
    row.status = "issued" if row.status == "sent" else row.status
    row.sent_to = row.sent_channel = row.sent_via_whatsapp_at = None
    await session.flush()
