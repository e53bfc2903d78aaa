"""Queries of consents: what people allowed and took back, and whether a client wants no messages (R250)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Client, Consent, Outbox, WhatsappMessage
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"created_at": Consent.created_at}, key=Consent.id, default="-created_at")

_STOP = text("""
update outbox set status = 'failed', not_before = null, error = :error
 where organization_id = :organization_id and recipient = 'client' and channel = 'whatsapp' and to_phone = :phone
   and status = 'queued'
returning id
""")


def overruled(before: datetime | None = None) -> ColumnElement[bool]:
    """True for a row after which the same person spoke about the same purpose again (``before`` some moment)."""
    later = aliased(Consent)
    found = exists().where(
        later.organization_id == Consent.organization_id,
        later.subject_id == Consent.subject_id,
        later.purpose == Consent.purpose,
        tuple_(later.at, later.id) > tuple_(Consent.at, Consent.id),
    )
    return found.where(later.at < before) if before else found


async def page(
    session: AsyncSession,
    organization_id: UUID,
    wanted: Wanted,
    *,
    subject_id: UUID | None = None,
    purpose: str | None = None,
    in_force: bool = False,
) -> Rows[Consent]:
    """A company's consents; ``in_force`` leaves out what was overruled."""
    query = select(Consent).where(Consent.organization_id == organization_id)
    if subject_id:
        query = query.where(Consent.subject_id == subject_id)
    if purpose:
        query = query.where(Consent.purpose == purpose)
    return await fetch_page(session, query.where(~overruled()) if in_force else query, wanted)


async def has_message(session: AsyncSession, organization_id: UUID, message_id: UUID) -> bool:
    """Whether the company has such a message."""
    query = select(WhatsappMessage.id).where(
        WhatsappMessage.organization_id == organization_id, WhatsappMessage.id == message_id
    )
    return (await session.scalars(query)).first() is not None


async def wants_no_messages(session: AsyncSession, organization_id: UUID, client_id: UUID | None, phone: str) -> bool:
    """Whether the client, or anybody of the company's clients with this phone, took back that messages reach him."""
    whose = select(Client.id).where(
        Client.organization_id == organization_id, or_(Client.phone == phone, Client.id == client_id)
    )
    said = and_(Consent.organization_id == organization_id, Consent.purpose == "messages", ~overruled())
    query = select(Consent.id).where(said, Consent.given.is_(False), Consent.subject_id.in_(whose))
    return (await session.scalars(query.limit(1))).first() is not None


async def written_to(session: AsyncSession, account_id: UUID, phone: str) -> Sequence[Client]:
    """The clients, of whatever company, to whom something left or waits to leave from a number: who answers there?"""
    wrote = exists().where(
        Outbox.organization_id == Client.organization_id,
        Outbox.account_id == account_id,
        Outbox.recipient == "client",
        Outbox.to_phone == phone,
    )
    return (await session.scalars(select(Client).where(Client.phone == phone, wrote).order_by(Client.id))).all()


async def with_phone(session: AsyncSession, organization_id: UUID, phone: str) -> Sequence[Client]:
    """The company's clients with this phone (E.164)."""
    query = select(Client).where(Client.organization_id == organization_id, Client.phone == phone)
    return (await session.scalars(query.order_by(Client.id))).all()


async def stop_waiting(session: AsyncSession, organization_id: UUID, phone: str, error: str) -> Sequence[UUID]:
    """Takes back what waits to leave for a client's phone by WhatsApp; the rows."""
    values = {"organization_id": organization_id, "phone": phone, "error": error}
    return list((await session.scalars(_STOP, values)).all())
