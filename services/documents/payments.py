"""Money received for invoices: in parts, taken back by a counter-entry, and the retention guarantee released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invoice, Payment
from db.models.base import new_id
from db.repositories import documents as documents_repository
from db.repositories import ledger as ledger_repository
from db.repositories import payments as repository
from services.documents import events, ledger
from services.documents.discounts import ZERO, to_cents
from services.documents.quote_account import billed_rows
from services.documents.schemas import Document, Totals, VatLine
from services.documents.totals import share_of
from services.documents.vat_rows import joined, less, negated, total_of
from services.einvoicing import service as einvoicing

Method = Literal["transfer", "cash", "card", "cheque", "direct_debit", "other"]
MOST_CASH = Decimal(1000)
"""EUR: no more may be paid in cash for one contract to a professional (CMF L112-6, D112-3)."""

PaymentCode = Literal[
    "invoice_unknown", "not_payable", "already_paid", "payment_too_large", "payment_unknown", "already_reversed",
    "no_retention", "in_the_future",
]  # fmt: skip


class PaymentRefused(ValueError):
    """A payment that cannot be noted. ``code`` names the sentence, ``values`` fill it (EUR incl. VAT)."""

    def __init__(self, code: PaymentCode, **values: object) -> None:
        super().__init__(f"{code} {values}" if values else code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Recorded:
    """A payment that was noted. ``balance`` is what is still due now, ``cash`` what came in cash for the contract."""

    payment_id: UUID
    amount: Decimal
    balance: Decimal
    retained: Decimal
    """EUR kept back as a guarantee, not due yet."""
    cash: Decimal = ZERO
    cash_limit_exceeded: bool = False
    """More than ``MOST_CASH`` came in cash: the artisan is warned, the fact is noted all the same."""


def held_back(invoice: Invoice, today: date | None = None) -> Decimal:
    """EUR incl. VAT of the retention that is not due yet (loi 71-584): not released, and its day not reached."""
    until = (invoice.terms or {}).get("retention_until")
    reached = bool(until and today and date.fromisoformat(until) <= today)
    return ZERO if invoice.retention_released_on is not None or reached else invoice.retention


def open_amount(invoice: Invoice) -> Decimal:
    """EUR incl. VAT that the client still owes, retention included; never less than nothing."""
    if invoice.number is None or invoice.type == "credit_note" or invoice.status == "cancelled":
        return ZERO
    return max(invoice.amount_due - invoice.credited_amount - invoice.paid_amount, ZERO)


def due_now(invoice: Invoice, today: date | None = None) -> Decimal:
    """EUR incl. VAT that he owes at this time: a retention that is held back is not asked for."""
    return max(open_amount(invoice) - held_back(invoice, today), ZERO)


def settle(invoice: Invoice) -> None:
    """Brings the status of an issued invoice in line with what was paid and credited."""
    if invoice.status == "cancelled" or invoice.type == "credit_note":
        return
    if open_amount(invoice) == 0:
        invoice.status = "paid"
    elif invoice.paid_amount > 0:
        invoice.status = "partially_paid"
    elif invoice.status in ("paid", "partially_paid"):
        invoice.status = "sent" if invoice.sent_via_whatsapp_at else "issued"


async def record(
    session: AsyncSession,
    organization_id: UUID,
    invoice_id: UUID,
    *,
    amount: Decimal | None = None,
    paid_on: date,
    method: Method = "other",
    reference: str | None = None,
    message_id: UUID | None = None,
    today: date | None = None,
) -> Recorded:
    """Notes money received for an issued invoice, EUR incl. VAT; None = all that is due now.

    Raises ``PaymentRefused``: ``invoice_unknown``, ``not_payable``, ``already_paid``, ``payment_too_large``,
    ``in_the_future``.
    """
    today = today or paid_on
    invoice = await _invoice(session, organization_id, invoice_id)
    if invoice.type == "credit_note" or invoice.status == "cancelled":
        raise PaymentRefused("not_payable", number=invoice.number)
    owed = open_amount(invoice)
    if owed <= 0:
        raise PaymentRefused("already_paid", number=invoice.number)
    money = to_cents(amount) if amount is not None else due_now(invoice, today) or owed
    if money <= 0 or money > owed:
        raise PaymentRefused("payment_too_large", number=invoice.number, amount=money, balance=owed)
    if paid_on > today:
        raise PaymentRefused("in_the_future", date=paid_on)
    payment = Payment(
        id=new_id(),
        organization_id=organization_id,
        invoice_id=invoice.id,
        amount=money,
        paid_on=paid_on,
        method=method,
        reference=reference,
        inbound_message_id=message_id,
    )
    await _enter(session, organization_id, invoice, payment, await _rows_for(session, organization_id, invoice, money))
    cash = ZERO
    if method == "cash":
        cash = await repository.cash_received(session, organization_id, invoice)
    return Recorded(
        payment_id=payment.id,
        amount=money,
        balance=due_now(invoice, today),
        retained=min(held_back(invoice, today), open_amount(invoice)),
        cash=cash,
        cash_limit_exceeded=cash > MOST_CASH,
    )


async def reverse(
    session: AsyncSession,
    organization_id: UUID,
    payment_id: UUID,
    *,
    today: date,
    invoice_id: UUID | None = None,
    message_id: UUID | None = None,
) -> Recorded:
    """Takes a wrong payment back by a counter-entry of the same amount; the payment itself stays written.

    ``invoice_id``: the invoice that the caller believes it is of.
    Raises ``PaymentRefused``: ``payment_unknown``, ``already_reversed``.
    """
    payment = await repository.get_payment(session, organization_id, payment_id)
    if payment is None or payment.reverses_id is not None or invoice_id not in (None, payment.invoice_id):
        raise PaymentRefused("payment_unknown")
    invoice = await _invoice(session, organization_id, payment.invoice_id)
    if await repository.is_reversed(session, organization_id, payment_id):
        raise PaymentRefused("already_reversed", number=invoice.number, amount=payment.amount)
    counter = Payment(
        id=new_id(),
        organization_id=organization_id,
        invoice_id=invoice.id,
        amount=-payment.amount,
        paid_on=today,
        method=payment.method,
        reference=payment.reference,
        reverses_id=payment.id,
        inbound_message_id=message_id,
    )
    rows = negated(await _ledger_rows(session, organization_id, payment_id=payment_id))
    await _enter(session, organization_id, invoice, counter, rows)
    return Recorded(
        payment_id=counter.id,
        amount=counter.amount,
        balance=due_now(invoice, today),
        retained=min(held_back(invoice, today), open_amount(invoice)),
    )


async def entries(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Sequence[Payment]:
    """Payments and counter-entries of an invoice, oldest first. Raises ``PaymentRefused`` (``invoice_unknown``)."""
    if await documents_repository.get_row(session, organization_id, "invoice", invoice_id) is None:
        raise PaymentRefused("invoice_unknown")
    return await repository.entries(session, organization_id, invoice_id)


async def last_payment(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Payment | None:
    """The newest payment of an invoice that was not taken back: the one that "it was a mistake" is about."""
    return await repository.last_standing(session, organization_id, invoice_id)


async def release_retention(
    session: AsyncSession, organization_id: UUID, invoice_id: UUID, *, released_on: date
) -> Decimal:
    """Makes the guarantee of an invoice due (one year after acceptance of the works at the latest, loi 71-584 art. 2).

    Returns it, EUR. Raises ``PaymentRefused``: ``invoice_unknown``, ``no_retention``.
    """
    invoice = await _invoice(session, organization_id, invoice_id)
    if not invoice.retention or invoice.retention_released_on is not None:
        raise PaymentRefused("no_retention", number=invoice.number)
    invoice.retention_released_on = released_on
    await session.flush()
    await events.retention_released(session, organization_id, invoice)
    return invoice.retention


async def move(
    session: AsyncSession, organization_id: UUID, original: Invoice, replacement: Invoice, *, today: date
) -> None:
    """Takes the money noted on a replaced invoice over to its corrective one."""
    for payment in await repository.standing(session, organization_id, original.id):
        await reverse(session, organization_id, payment.id, today=today)
        await record(
            session,
            organization_id,
            replacement.id,
            amount=payment.amount,
            paid_on=payment.paid_on,
            method=payment.method,  # type: ignore[arg-type]
            reference=payment.reference or original.number,
            message_id=payment.inbound_message_id,
        )


async def _invoice(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Invoice:
    row = await documents_repository.get_row(session, organization_id, "invoice", invoice_id, lock=True)
    if not isinstance(row, Invoice) or row.number is None:
        raise PaymentRefused("invoice_unknown")
    return row


async def _enter(
    session: AsyncSession, organization_id: UUID, invoice: Invoice, payment: Payment, rows: Sequence[VatLine]
) -> None:
    await repository.add_payment(session, invoice, payment)
    settle(invoice)
    if invoice.status == "paid":
        invoice.paid_at = invoice.paid_at or payment.created_at
    await session.flush()
    await events.money(session, organization_id, invoice, payment)
    await einvoicing.payment_recorded(session, organization_id, invoice, payment)
    await ledger.enter_payment(session, organization_id, invoice, payment.id, rows)


async def _rows_for(
    session: AsyncSession, organization_id: UUID, invoice: Invoice, money: Decimal
) -> Sequence[VatLine]:
    """The part of each rate in a payment: in proportion, and what is left of each when it is the last."""
    assert invoice.snapshot is not None
    billed = billed_rows(
        Document.model_validate(invoice.snapshot["document"]), Totals.model_validate(invoice.snapshot["totals"])
    )
    left = less(billed, await _ledger_rows(session, organization_id, invoice_id=invoice.id))
    return left if total_of(left) == money else share_of(left, amount=money)


async def _ledger_rows(
    session: AsyncSession, organization_id: UUID, *, invoice_id: UUID | None = None, payment_id: UUID | None = None
) -> list[VatLine]:
    found = await ledger_repository.paid_sums(session, organization_id, invoice_id=invoice_id, payment_id=payment_id)
    return joined(
        VatLine.model_validate({"category": category, "rate": rate, "base": base, "amount": vat})
        for category, rate, base, vat in found
    )
