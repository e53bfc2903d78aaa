"""Refunds made at Stripe become credit notes of the invoices they give back (CGI art. 272-1; ann. II art. 242 nonies A).

As with payments, Stripe's own list is what is numbered and not the webhook that came: one gapless series of the platform
in the order of the refunds, whatever arrives twice, late or never.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SubscriptionInvoice
from db.models.base import new_id
from db.repositories import billing as repository
from db.repositories.accounts import get_organization
from db.session import Database
from db.settings import Settings
from services.billing import paper
from services.billing.invoices import call_for_pdf
from services.billing.schemas import Issuer, id_of, moment, money
from services.billing.stripe_api import Stripe
from services.billing.unsettled import unsettled

SERIES = "ABO-AV"
"""A series of their own, beside that of the invoices (legal.md 57)."""

log = structlog.get_logger(__name__)


async def credit_refunds(database: Database, stripe: Stripe, configured: Settings) -> list[str]:
    """Gives every refund that has succeeded its credit note and calls for the PDFs; returns the numbers given.

    A refund of what is no numbered invoice of ours makes none. Raises ``paper.NoIssuer``.
    """
    issuer = paper.issuer_of(configured)
    found = [(refund, await _invoice_of(stripe, refund)) for refund in await _unknown(database, stripe)]
    given = []
    async with database.system() as session:
        for refund, invoice_id in found:
            invoice = await repository.invoice_at_stripe(session, invoice_id) if invoice_id else None
            if invoice is None or invoice.number is None:
                log.info("billing.refund_of_nothing", refund=refund["id"])
                continue
            given.append(await _credit(session, refund, invoice, issuer))
    return given


async def _unknown(database: Database, stripe: Stripe) -> list[dict[str, Any]]:
    """Refunds that have succeeded and have no credit note yet, the earliest first."""

    async def without_row(refunds: list[dict[str, Any]]) -> list[dict[str, Any]]:
        async with database.system() as session:
            known = await repository.known_at_stripe(session, [each["id"] for each in refunds])
        return [each for each in refunds if each["id"] not in known]

    return [each for each in await unsettled(stripe.refunds(), without_row) if each["status"] == "succeeded"]


async def _invoice_of(stripe: Stripe, refund: dict[str, Any]) -> str | None:
    payment = id_of(refund.get("payment_intent"))
    return await stripe.invoice_paid_by(payment) if payment else None


async def _credit(session: AsyncSession, refund: dict[str, Any], invoice: SubscriptionInvoice, issuer: Issuer) -> str:
    refunded_at = moment(refund["created"])
    assert refunded_at is not None
    organization = await get_organization(session, invoice.organization_id)
    total = money(refund["amount"])
    vat = _vat(total, invoice, *await repository.credited(session, invoice.organization_id, invoice.id))
    day = refunded_at.astimezone(paper.PARIS).date()
    number = f"{SERIES}-{day.year}-{await repository.next_platform_number(session, SERIES, day.year):04d}"
    share = "" if total == invoice.total else " partiel"
    description = f"Remboursement{share} de l'abonnement, facture {invoice.number}"
    row = SubscriptionInvoice(
        id=new_id(),
        organization_id=invoice.organization_id,
        stripe_invoice_id=refund["id"],
        stripe_subscription_id=invoice.stripe_subscription_id,
        credits_id=invoice.id,
        number=number,
        status="paid",
        currency=invoice.currency,
        subtotal=total - vat,
        vat_amount=vat,
        total=total,
        amount_paid=total,
        lines=[{"description": description, "quantity": 1, "amount": str(total - vat), "start": None, "end": None}],
        issue_date=day,
        finalized_at=refunded_at,
        paid_at=refunded_at,
        created_at=refunded_at,
    )
    row.snapshot = paper.frozen(row, organization, issuer, credits=invoice)
    session.add(row)
    await session.flush()
    await call_for_pdf(session, row)
    return number


def _vat(total: Decimal, invoice: SubscriptionInvoice, given: Decimal, given_vat: Decimal) -> Decimal:
    """The VAT of a refund, at the invoice's own rate; the last of several takes the odd cents, so that nothing is left."""
    share = invoice.vat_amount * (given + total) / invoice.total
    return share.quantize(Decimal("0.01"), ROUND_HALF_UP) - given_vat
