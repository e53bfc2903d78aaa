"""Use cases of billing: subscribe, change, stop, resume, pay what is due, take a webhook in (G22, R206, UX-85)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization, Plan, Subscription
from db.repositories import billing as repository
from db.repositories import plans
from db.repositories.accounts import get_organization
from db.session import Database
from db.settings import Settings
from services.billing.activation import number_later, sync_later
from services.billing.links import payment_url, public_base
from services.billing.schemas import id_of, moment
from services.billing.states import LIVE
from services.billing.stripe_api import REFUNDS, BillingOff, Stripe


class PlanUnknown(LookupError):
    """There is no such plan, or it is not sold any more, or it has no price at Stripe yet."""


class NotSubscribed(LookupError):
    """The company has no subscription that could be changed."""


class SubscribedAlready(RuntimeError):
    """The company has a subscription: it is changed, not made anew."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A company's subscription and its plan, as mirrored."""

    subscription: Subscription
    plan: Plan | None


async def take_event(session: AsyncSession, event: dict[str, Any]) -> bool:
    """Takes a verified event in: notes it and calls for a reading. False when it was taken before."""
    customer = customer_of(event)
    created = moment(event["created"])
    assert created is not None
    first = await repository.take_event(session, event["id"], event["type"], customer, created)
    if first and customer is not None:
        await sync_later(session, customer)
    if first and event["type"] in REFUNDS:
        await number_later(session)
    return first


def customer_of(event: dict[str, Any]) -> str | None:
    """Whom an event is about; all that is used of it."""
    told = event["data"]["object"]
    return id_of(told["id"] if told.get("object") == "customer" else told.get("customer"))


async def current(session: AsyncSession, organization_id: UUID) -> Subscribed | None:
    """The subscription that counts, None before the first."""
    found = await repository.subscription_of(session, organization_id)
    return Subscribed(*found) if found else None


async def start_checkout(
    database: Database, stripe: Stripe, configured: Settings, organization_id: UUID, plan_code: str
) -> str:
    """The address of Stripe's page where the company subscribes to a plan; a first subscription begins with its trial.

    Raises ``PlanUnknown`` and ``SubscribedAlready``.
    """
    async with database.system() as session:
        organization = await get_organization(session, organization_id)
        plan = await plans.by_code(session, plan_code)
        before = await current(session, organization_id)
        owner = await repository.owner_of(session, organization_id)
    if plan is None or not plan.active or plan.stripe_price_id is None:
        raise PlanUnknown(plan_code)
    if before is not None and before.subscription.status in LIVE:
        raise SubscribedAlready(before.subscription.stripe_subscription_id)
    customer_id = organization.stripe_customer_id or await _make_customer(database, stripe, organization)
    mark = {"organization_id": str(organization_id), "plan": plan.code}
    subscription: dict[str, Any] = {"metadata": mark}
    if plan.trial_days and before is None:
        subscription["trial_period_days"] = plan.trial_days
    back = payment_url(configured, organization_id)
    line: dict[str, Any] = {"price": plan.stripe_price_id, "quantity": 1}
    rate = await vat_rate_id(stripe)
    if rate is not None:
        line["tax_rates"] = [rate]
    wanted: Any = {
        "mode": "subscription",
        "customer": customer_id,
        "client_reference_id": str(organization_id),
        "line_items": [line],
        "subscription_data": subscription,
        "metadata": mark,
        "success_url": f"{back}?done=1",
        "cancel_url": back,
        "locale": "tr" if owner is not None and owner.preferred_language == "tr" else "fr",
    }
    made = await stripe.v1.checkout.sessions.create_async(wanted)
    assert made.url is not None
    return str(made.url)


async def portal(database: Database, stripe: Stripe, configured: Settings, organization_id: UUID) -> str:
    """The address of Stripe's page where the company changes its card or sees its payments. Raises ``NotSubscribed``."""
    async with database.system() as session:
        organization = await get_organization(session, organization_id)
    if organization.stripe_customer_id is None:
        raise NotSubscribed(str(organization_id))
    back = f"{public_base(configured)}/"
    made = await stripe.v1.billing_portal.sessions.create_async(
        {"customer": organization.stripe_customer_id, "return_url": back}
    )
    return str(made.url)


async def change(
    database: Database,
    stripe: Stripe,
    organization_id: UUID,
    *,
    plan_code: str | None = None,
    cancel_at_period_end: bool | None = None,
) -> None:
    """Another plan, an end after the paid period, or its taking back; the mirror follows by a job.

    Raises ``NotSubscribed`` and ``PlanUnknown``.
    """
    async with database.system() as session:
        organization = await get_organization(session, organization_id)
        found = await current(session, organization_id)
        plan = await plans.by_code(session, plan_code) if plan_code else None
    if found is None or found.subscription.status not in LIVE or organization.stripe_customer_id is None:
        raise NotSubscribed(str(organization_id))
    if plan_code and (plan is None or not plan.active or plan.stripe_price_id is None):
        raise PlanUnknown(plan_code)
    wanted: dict[str, Any] = {}
    if plan is not None:
        item = found.subscription.details["items"][0]
        wanted |= {"items": [{"id": item, "price": plan.stripe_price_id}], "proration_behavior": "create_prorations"}
    if cancel_at_period_end is not None:
        wanted["cancel_at_period_end"] = cancel_at_period_end
    await stripe.v1.subscriptions.update_async(found.subscription.stripe_subscription_id, wanted)  # type: ignore[arg-type]
    async with database.system() as session:
        await sync_later(session, organization.stripe_customer_id)


async def vat_rate_id(stripe: Stripe) -> str | None:
    """The tax rate that ``usta billing setup`` made; None when there is none."""
    found = await stripe.v1.tax_rates.list_async({"active": True, "limit": 100})
    async for each in found.auto_paging_iter():
        rate = each.to_dict()
        if (rate.get("metadata") or {}).get("usta") == VAT_MARK:
            return str(rate["id"])
    return None


VAT_MARK = "vat-fr"
"""Marks our tax rate among the account's."""


async def _make_customer(database: Database, stripe: Stripe, organization: Organization) -> str:
    """The company as a customer of Stripe; asked twice at once, it is one."""
    made = await stripe.v1.customers.create_async(
        {
            "name": organization.name,
            "email": organization.email or "",
            "metadata": {"organization_id": str(organization.id)},
            "preferred_locales": ["fr"],
        },
        {"idempotency_key": f"customer-{organization.id}"},
    )
    async with database.system() as session:
        await repository.set_customer(session, organization.id, made.id)
    return str(made.id)


def require_on(configured: Settings) -> None:
    """Raises ``BillingOff`` where nobody takes money."""
    if configured.billing == "off":
        raise BillingOff
