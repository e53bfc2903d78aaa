"""Queries about the chain of events of an organization, and about the rows that it vouches for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DocumentCounter, DocumentEvent, Invoice, Organization, Payment, Quote


async def last_event(session: AsyncSession, organization_id: UUID) -> tuple[int, str] | None:
    """Sequence and hash of the last event; the chain is held until the transaction ends."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended('events:' || :key, 0))"), {"key": str(organization_id)}
    )
    query = (
        select(DocumentEvent.sequence, DocumentEvent.hash)
        .where(DocumentEvent.organization_id == organization_id)
        .order_by(DocumentEvent.sequence.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def add_event(session: AsyncSession, event: DocumentEvent) -> None:
    session.add(event)
    await session.flush()


async def events_of(session: AsyncSession, organization_id: UUID) -> Sequence[DocumentEvent]:
    """The chain, from its beginning."""
    query = (
        select(DocumentEvent)
        .where(DocumentEvent.organization_id == organization_id)
        .order_by(DocumentEvent.sequence)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def organizations(session: AsyncSession, wanted: str | None = None) -> Sequence[tuple[UUID, str]]:
    """Organizations as (id, name): all, or the one with this id, slug or name."""
    query = select(Organization.id, Organization.name, Organization.slug).order_by(Organization.created_at)
    rows = (await session.execute(query)).all()
    return [(row[0], row[1]) for row in rows if wanted is None or wanted in (str(row[0]), row[1], row[2])]


async def issued_quotes(session: AsyncSession, organization_id: UUID) -> Sequence[Quote]:
    query = select(Quote).where(Quote.organization_id == organization_id, Quote.number.is_not(None))
    return (await session.scalars(query)).all()


async def issued_invoices(session: AsyncSession, organization_id: UUID) -> Sequence[Invoice]:
    query = select(Invoice).where(Invoice.organization_id == organization_id, Invoice.number.is_not(None))
    return (await session.scalars(query)).all()


async def payments_of(session: AsyncSession, organization_id: UUID) -> Sequence[Payment]:
    query = select(Payment).where(Payment.organization_id == organization_id).order_by(Payment.created_at, Payment.id)
    return (await session.scalars(query)).all()


async def counters(session: AsyncSession, organization_id: UUID) -> Sequence[DocumentCounter]:
    query = select(DocumentCounter).where(DocumentCounter.organization_id == organization_id)
    return (await session.scalars(query)).all()
