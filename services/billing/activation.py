"""What calls for a reading of a company at Stripe; the job reads, and the account follows (C43)."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.queue import defer
from db.settings import settings

SYNC = "sync_stripe_customer"
"""Job called with ``customer_id`` whenever something may have changed for a customer."""
NUMBER = "number_subscription_invoices"
"""Job that gives paid invoices and refunds their numbers; its name is also its lock."""


async def sync_later(session: AsyncSession, customer_id: str) -> None:
    """Calls for a reading of a customer, in the transaction of whoever found the reason; one at a time per customer."""
    await defer(session, SYNC, lock=f"stripe:{customer_id}", customer_id=customer_id)


async def number_later(session: AsyncSession) -> None:
    """Calls for the numbers of what was paid or refunded; one such job at a time."""
    await defer(session, NUMBER, lock=NUMBER)


async def phone_verified(session: AsyncSession, organization: Organization) -> None:
    """A verified phone may be all that a company which has paid already was waiting for."""
    if settings().billing != "off" and organization.stripe_customer_id is not None:
        await sync_later(session, organization.stripe_customer_id)
