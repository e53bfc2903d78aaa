"""Queue tasks of billing: a customer read again, invoices numbered and printed, what no webhook told of looked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from procrastinate import RetryStrategy

from db.queue import database, queue
from db.repositories import billing as repository
from db.settings import settings
from services.billing import invoices
from services.billing.activation import NUMBER, SYNC, number_later, sync_later
from services.billing.credits import credit_refunds
from services.billing.invoices import MAKE
from services.billing.mirror import sync_customer
from services.billing.reconciliation import customers_to_read
from services.billing.stripe_api import current_stripe
from services.documents.rendering import render
from services.storage.service import storage

_KEEP_EVENTS = timedelta(days=30)
"""Stripe delivers an event again for three days, and lists it for thirty."""
_RETRY = RetryStrategy(max_attempts=12, exponential_wait=2)

log = structlog.get_logger(__name__)


def grace() -> timedelta:
    """How long a failed payment changes nothing (C42)."""
    return timedelta(days=settings().billing_grace_days)


@queue.task(name=SYNC, retry=_RETRY)
async def sync_stripe_customer(*, customer_id: str) -> None:
    """Reads one customer again; what was paid gets its number next."""
    await sync_customer(database(), current_stripe(), customer_id, grace=grace())
    async with database().system() as session:
        if await repository.to_number(session):
            await number_later(session)


@queue.task(name=NUMBER, retry=_RETRY)
async def number_subscription_invoices() -> None:
    """Gives the paid invoices their numbers, then the refunds their credit notes; one such job at a time."""
    await invoices.number_paid(database(), current_stripe(), settings(), grace=grace())
    await credit_refunds(database(), current_stripe(), settings())


@queue.task(name=MAKE, retry=_RETRY)
async def make_subscription_invoice(*, organization_id: str, invoice_id: str) -> None:
    """Prints one invoice and sends it to the owner."""
    await invoices.make_pdf(database(), storage(), render, UUID(organization_id), UUID(invoice_id))


@queue.periodic(cron="17 * * * *")
@queue.task(name="reconcile_billing", queueing_lock="reconcile_billing", pass_context=False)
async def reconcile_billing(timestamp: int) -> None:
    """Every hour: reads those again of whom no webhook told, and those whose grace or trial may have ended."""
    if settings().billing == "off":
        return
    now = datetime.fromtimestamp(timestamp, UTC)
    customers = await customers_to_read(database(), current_stripe(), now)
    async with database().system() as session:
        await repository.forget_events(session, datetime.now(UTC) - _KEEP_EVENTS)
        for customer_id in customers:
            await sync_later(session, customer_id)
        await number_later(session)
