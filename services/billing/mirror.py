"""A customer read again from Stripe: his subscriptions and invoices mirrored, his account's status, what he is told.

Nothing of an event is used but whose it is. Reading again is idempotent, and the later reading is the truer one; jobs of
one customer run one after another (``jobs.SYNC``), so that an older reading never overwrites a newer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.repositories import billing as repository
from db.repositories import plans
from db.repositories.accounts import add_log
from db.session import Database
from services.billing import notices
from services.billing.schemas import id_of, moment, money
from services.billing.states import Told, account_after, current_of, standing_of
from services.billing.stripe_api import Stripe

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """What Stripe said of a customer in one reading, and the time he lives at."""

    subscriptions: list[dict[str, Any]]
    invoices: list[dict[str, Any]]
    now: datetime


async def read_customer(stripe: Stripe, customer_id: str, now: datetime | None = None) -> Read:
    """Asks Stripe; no database connection is held meanwhile. A customer on a test clock lives at the clock's time."""
    subscriptions = await stripe.customer_subscriptions(customer_id)
    invoices = await stripe.customer_invoices(customer_id)
    clock = next((id_of(each.get("test_clock")) for each in subscriptions if each.get("test_clock")), None)
    if clock is not None:
        now = moment(await stripe.clock_time(clock))
    return Read(subscriptions, invoices, now or datetime.now(UTC))


async def sync_customer(
    database: Database, stripe: Stripe, customer_id: str, *, grace: timedelta, now: datetime | None = None
) -> bool:
    """Brings everything that hangs on a customer to what Stripe says. False for one of no company here."""
    read = await read_customer(stripe, customer_id, now)
    async with database.system() as session:
        organization = await repository.lock_customer(session, customer_id)
        if organization is None:
            log.warning("billing.unknown_customer", customer=customer_id)
            return False
        await _write(session, organization, read)
        await _settle(session, organization, read, grace)
    return True


async def _write(session: AsyncSession, organization: Organization, read: Read) -> None:
    for invoice in read.invoices:
        await repository.upsert_invoice(session, organization.id, invoice_values(invoice))
    for subscription in read.subscriptions:
        price = price_of(subscription)
        plan = await plans.by_price(session, price) if price else None
        values = subscription_values(subscription, unpaid_since(subscription["id"], read.invoices))
        await repository.upsert_subscription(session, organization.id, values | {"plan_id": plan.id if plan else None})


async def _settle(session: AsyncSession, organization: Organization, read: Read, grace: timedelta) -> None:
    """The account's status follows, the owner is told what changed for him."""
    told = {each["id"]: as_told(each, read.invoices) for each in read.subscriptions}
    current = current_of(list(told.values()))
    standing = standing_of(current, read.now, grace)
    owner = await repository.owner_of(session, organization.id)
    verified = owner is not None and owner.phone_verified_at is not None
    before = organization.status
    after, by = account_after(before, organization.status_by, standing, phone_verified=verified)  # type: ignore[arg-type]
    organization.status_by = by
    found = await repository.subscription_of(session, organization.id)
    if found and found[1] is not None and standing != "unpaid_yet":
        organization.plan = found[1].tier
    if after != before:
        organization.status = after
        add_log(session, organization.id, "billing.account", f"{before} → {after}", standing=standing)
    await session.flush()
    if owner is not None and verified and found is not None:
        situation = notices.Situation(organization, owner, found[0], found[1], standing, before, read.now, grace)
        await notices.tell_changes(session, situation)


def as_told(subscription: dict[str, Any], invoices: list[dict[str, Any]]) -> Told:
    """What the rules look at."""
    created = moment(subscription["created"])
    assert created is not None
    return Told(subscription["status"], created, unpaid_since(subscription["id"], invoices))


def price_of(subscription: dict[str, Any]) -> str | None:
    """The price of the first item: Usta's subscriptions have one."""
    items = subscription["items"]["data"]
    return id_of(items[0]["price"]) if items else None


def subscription_of_invoice(invoice: dict[str, Any]) -> str | None:
    """The subscription that an invoice is of (under ``parent`` since 2025)."""
    parent = invoice.get("parent") or {}
    return id_of((parent.get("subscription_details") or {}).get("subscription"))


def unpaid_since(subscription_id: str, invoices: list[dict[str, Any]]) -> datetime | None:
    """When the oldest invoice that was tried in vain became payable."""
    waiting = [
        invoice["status_transitions"]["finalized_at"]
        for invoice in invoices
        if invoice["status"] == "open"
        and invoice["attempt_count"] > 0
        and subscription_of_invoice(invoice) == subscription_id
    ]
    return moment(min(waiting)) if waiting else None


def subscription_values(told: dict[str, Any], waiting: datetime | None) -> dict[str, Any]:
    """The columns of a subscription. Periods stand on its items since 2025."""
    items = told["items"]["data"]
    starts = [each["current_period_start"] for each in items]
    ends = [each["current_period_end"] for each in items]
    return {
        "stripe_subscription_id": told["id"],
        "status": told["status"],
        "current_period_start": moment(min(starts)) if starts else None,
        "current_period_end": moment(max(ends)) if ends else None,
        "trial_start": moment(told.get("trial_start")),
        "trial_end": moment(told.get("trial_end")),
        "billing_anchor": moment(told.get("billing_cycle_anchor")),
        "cancel_at_period_end": bool(told.get("cancel_at_period_end")),
        "cancel_at": moment(told.get("cancel_at")),
        "canceled_at": moment(told.get("canceled_at")),
        "ended_at": moment(told.get("ended_at")),
        "unpaid_since": waiting if told["status"] in ("past_due", "unpaid") else None,
        "details": {"metadata": told.get("metadata") or {}, "items": [each["id"] for each in items]},
        "created_at": moment(told["created"]),
    }


def invoice_values(told: dict[str, Any]) -> dict[str, Any]:
    """The columns of an invoice that are Stripe's; amounts EUR. ``number`` stays ours (C08)."""
    lines = [line_values(line) for line in told["lines"]["data"]]
    changed = told["status_transitions"]
    vat = sum((money(tax["amount"]) for tax in told.get("total_taxes") or []), Decimal(0))
    return {
        "stripe_invoice_id": told["id"],
        "stripe_subscription_id": subscription_of_invoice(told),
        "stripe_number": told.get("number"),
        "status": told["status"],
        "billing_reason": told.get("billing_reason"),
        "currency": told["currency"],
        "subtotal": money(told["total"]) - vat,
        "vat_amount": vat,
        "total": money(told["total"]),
        "amount_paid": money(told["amount_paid"]),
        "attempts": told["attempt_count"],
        "lines": lines,
        "period_start": moment(min((each["period"]["start"] for each in told["lines"]["data"]), default=None)),
        "period_end": moment(max((each["period"]["end"] for each in told["lines"]["data"]), default=None)),
        "due_date": due.date() if (due := moment(told.get("due_date"))) else None,
        "finalized_at": moment(changed.get("finalized_at")),
        "paid_at": moment(changed.get("paid_at")),
        "hosted_url": told.get("hosted_invoice_url"),
        "created_at": moment(told["created"]),
    }


def line_values(line: dict[str, Any]) -> dict[str, Any]:
    """One line as it is kept: EUR as text, days as ISO."""
    start, end = moment(line["period"]["start"]), moment(line["period"]["end"])
    return {
        "description": line.get("description") or "",
        "quantity": line.get("quantity") or 1,
        "amount": str(money(line["amount"])),
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
    }
