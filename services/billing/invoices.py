"""Subscription invoices get their numbers: one gapless sequence of the platform, in the order of payment (C08).

Stripe's own list of paid events is what is numbered, not the webhooks: whichever comes first finds everything that was
paid before it. The counter's row is locked and rolls back with the transaction, so that no number is lost or given twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SubscriptionInvoice
from db.queue import defer
from db.repositories import billing as repository
from db.repositories.accounts import add_log, get_organization
from db.session import Database
from db.settings import Settings
from services.billing import notices, paper
from services.billing.mirror import sync_customer
from services.billing.schemas import id_of
from services.billing.stripe_api import Stripe
from services.billing.unsettled import unsettled
from services.storage.service import Storage

SERIES = "ABO"
MAKE = "make_subscription_invoice"
"""Job called with ``organization_id`` and ``invoice_id`` once an invoice has its number."""
Render = Callable[[dict[str, Any]], Awaitable[bytes]]

log = structlog.get_logger(__name__)


async def number_paid(
    database: Database, stripe: Stripe, configured: Settings, *, grace: timedelta, now: datetime | None = None
) -> list[str]:
    """Numbers every paid invoice that has none yet and calls for their PDFs; returns the numbers given.

    Raises ``paper.NoIssuer``: without an issuer nothing can be invoiced.
    """
    issuer = paper.issuer_of(configured)
    for customer_id in await _behind(database, stripe):
        await sync_customer(database, stripe, customer_id, grace=grace, now=now)
    given = []
    async with database.system() as session:
        for row in await repository.to_number(session):
            organization = await get_organization(session, row.organization_id)
            assert row.paid_at is not None
            day = row.paid_at.astimezone(paper.PARIS).date()
            number = f"{SERIES}-{day.year}-{await repository.next_platform_number(session, SERIES, day.year):04d}"
            row.number, row.issue_date = number, day
            row.snapshot = paper.frozen(row, organization, issuer)
            given.append(number)
            await session.flush()
            await call_for_pdf(session, row)
    return given


async def _behind(database: Database, stripe: Stripe) -> list[str]:
    """Customers with a paid invoice that was not mirrored yet, the earliest payment first."""

    async def unknown(events: list[dict[str, Any]]) -> list[str]:
        invoices = [event["data"]["object"] for event in events]
        async with database.system() as session:
            known = await repository.numbered(session, [each["id"] for each in invoices])
        return [customer for each in invoices if each["id"] not in known and (customer := id_of(each["customer"]))]

    return list(dict.fromkeys(await unsettled(stripe.paid_events(), unknown)))


async def call_for_pdf(session: AsyncSession, row: SubscriptionInvoice) -> None:
    """Calls for the PDF, in the transaction that gives the number."""
    await defer(session, MAKE, organization_id=str(row.organization_id), invoice_id=str(row.id))


async def make_pdf(database: Database, files: Storage, render: Render, organization_id: UUID, invoice_id: UUID) -> None:
    """Renders and keeps the PDF, then sends it to the owner; again, it sends nothing twice."""
    async with database.system() as session:
        row = await repository.invoice(session, organization_id, invoice_id)
    if row is None or row.snapshot is None or row.number is None:
        return
    key = paper.pdf_key(organization_id, row.number)
    content = await render(row.snapshot)
    await files.put(key, content)
    async with database.system() as session:
        row = await repository.invoice(session, organization_id, invoice_id)
        assert row is not None and row.number is not None
        row.pdf_key, row.pdf_sha256 = key, hashlib.sha256(content).hexdigest()
        owner = await repository.owner_of(session, organization_id)
        if owner is not None and owner.phone_verified_at is not None:
            await notices.tell_paid(session, row, owner, key, f"{row.number}.pdf")
        add_log(session, organization_id, "billing.invoice", f"{row.number} is made", invoice_id=str(invoice_id))
