"""Queries about money received for invoices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Invoice, Payment

_counter = aliased(Payment)
_not_reversed = ~select(_counter.id).where(_counter.reverses_id == Payment.id).exists()


async def add_payment(session: AsyncSession, invoice: Invoice, payment: Payment) -> None:
    """Notes money and brings the invoice's paid amount in line."""
    session.add(payment)
    invoice.paid_amount = invoice.paid_amount + payment.amount
    await session.flush()


async def get_payment(session: AsyncSession, organization_id: UUID, payment_id: UUID) -> Payment | None:
    query = select(Payment).where(Payment.organization_id == organization_id, Payment.id == payment_id)
    return (await session.scalars(query)).one_or_none()


async def is_reversed(session: AsyncSession, organization_id: UUID, payment_id: UUID) -> bool:
    query = select(Payment.id).where(Payment.organization_id == organization_id, Payment.reverses_id == payment_id)
    return (await session.scalars(query)).one_or_none() is not None


async def entries(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Sequence[Payment]:
    """Payments of an invoice and their counter-entries, oldest first."""
    query = select(Payment).where(Payment.organization_id == organization_id, Payment.invoice_id == invoice_id)
    return (await session.scalars(query.order_by(Payment.created_at, Payment.id))).all()


async def standing(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Sequence[Payment]:
    """The payments of an invoice that were not taken back, oldest first."""
    query = (
        select(Payment)
        .where(
            Payment.organization_id == organization_id,
            Payment.invoice_id == invoice_id,
            Payment.reverses_id.is_(None),
            _not_reversed,
        )
        .order_by(Payment.created_at, Payment.id)
    )
    return (await session.scalars(query)).all()


async def last_standing(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Payment | None:
    found = await standing(session, organization_id, invoice_id)
    return found[-1] if found else None


async def cash_received(session: AsyncSession, organization_id: UUID, invoice: Invoice) -> Decimal:
    """EUR that came in cash for the invoice and the others of its quote, less what was taken back."""
    same_contract = Invoice.id == invoice.id
    if invoice.quote_id is not None:
        same_contract = or_(same_contract, Invoice.quote_id == invoice.quote_id)
    query = (
        select(func.coalesce(func.sum(Payment.amount), 0))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.organization_id == organization_id, Payment.method == "cash", same_contract)
    )
    return Decimal((await session.scalars(query)).one())
