"""Queries about the account of a quote: its amendments, the invoices that follow it, and its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invoice, LedgerEntry, Quote

CONTRACTING = ("issued", "sent", "accepted")
"""States in which an amendment counts as agreed once the works go on."""


async def lock_quote(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> Quote | None:
    """The quote, with everything that follows it held back until the transaction ends."""
    query = select(Quote).where(Quote.organization_id == organization_id, Quote.id == quote_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def amendments(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> Sequence[Quote]:
    """The issued amendments of a quote that were not refused, oldest first."""
    query = (
        select(Quote)
        .where(
            Quote.organization_id == organization_id,
            Quote.amends_id == quote_id,
            Quote.number.is_not(None),
            Quote.status.in_(CONTRACTING),
        )
        .order_by(Quote.issue_date, Quote.number)
    )
    return (await session.scalars(query)).all()


async def issued_invoices(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> Sequence[Invoice]:
    """The issued invoices of a quote with their credit notes, in the order of their issue."""
    query = (
        select(Invoice)
        .where(Invoice.organization_id == organization_id, Invoice.quote_id == quote_id, Invoice.number.is_not(None))
        .order_by(Invoice.issue_date, func.length(Invoice.number), Invoice.number)
    )
    return (await session.scalars(query)).all()


async def invoice_with_credits(
    session: AsyncSession, organization_id: UUID, invoice_id: UUID, *, lock: bool = False
) -> Sequence[Invoice]:
    """An issued invoice followed by the issued documents that correct it; empty when there is none."""
    query = (
        select(Invoice)
        .where(
            Invoice.organization_id == organization_id,
            Invoice.number.is_not(None),
            or_(Invoice.id == invoice_id, Invoice.corrects_id == invoice_id),
        )
        .order_by((Invoice.id == invoice_id).desc(), Invoice.issue_date, Invoice.number)
    )
    if lock:
        mine = select(Invoice.id).where(Invoice.organization_id == organization_id, Invoice.id == invoice_id)
        await session.execute(mine.with_for_update())
    return (await session.scalars(query.execution_options(populate_existing=lock))).all()


Sums = dict[tuple[str, str, Decimal], tuple[Decimal, Decimal]]


async def sums(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> Sums:
    """Base and VAT per (entry, category, rate)."""
    query = (
        select(
            LedgerEntry.entry,
            LedgerEntry.vat_category,
            LedgerEntry.vat_rate,
            func.sum(LedgerEntry.base),
            func.sum(LedgerEntry.vat),
        )
        .where(LedgerEntry.organization_id == organization_id, LedgerEntry.quote_id == quote_id)
        .group_by(LedgerEntry.entry, LedgerEntry.vat_category, LedgerEntry.vat_rate)
    )
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in (await session.execute(query)).all()}


async def contracted_documents(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> frozenset[UUID]:
    """The quote and the amendments that stand in the ledger already."""
    query = select(LedgerEntry.document_id).where(
        LedgerEntry.organization_id == organization_id,
        LedgerEntry.quote_id == quote_id,
        LedgerEntry.entry == "contracted",
        LedgerEntry.document_kind == "quote",
    )
    return frozenset((await session.scalars(query)).all())


async def paid_sums(
    session: AsyncSession, organization_id: UUID, *, invoice_id: UUID | None = None, payment_id: UUID | None = None
) -> Sequence[tuple[str, Decimal, Decimal, Decimal]]:
    """What the ledger has as paid of an invoice, or by one payment: (category, rate, base, VAT)."""
    query = (
        select(LedgerEntry.vat_category, LedgerEntry.vat_rate, func.sum(LedgerEntry.base), func.sum(LedgerEntry.vat))
        .where(LedgerEntry.organization_id == organization_id, LedgerEntry.entry == "paid")
        .group_by(LedgerEntry.vat_category, LedgerEntry.vat_rate)
    )
    if invoice_id is not None:
        query = query.where(LedgerEntry.document_id == invoice_id)
    if payment_id is not None:
        query = query.where(LedgerEntry.payment_id == payment_id)
    return [(row[0], row[1], row[2], row[3]) for row in (await session.execute(query)).all()]


async def add_entries(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Adds entries to a ledger; the database checks the account at the end of the transaction."""
    if rows:
        await session.execute(insert(LedgerEntry), list(rows))
