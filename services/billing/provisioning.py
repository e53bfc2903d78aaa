"""Makes a Stripe account fit: product, price and VAT rate of every plan, and our webhook; again, it makes nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Plan
from db.repositories import plans
from services.billing.schemas import VAT_RATE
from services.billing.service import VAT_MARK, vat_rate_id
from services.billing.stripe_api import API_VERSION, EVENTS, Stripe


@dataclass(slots=True)
class Done:
    """What was made, and what was there; ``secret`` is told once, when the webhook is made."""

    made: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    secret: str | None = None


async def set_up(session: AsyncSession, stripe: Stripe, webhook_url: str | None = None) -> Done:
    """Writes the ids of products and prices into the plans. A price whose amount has changed is replaced: Stripe's
    prices are final, and running subscriptions keep theirs."""
    done = Done()
    await _vat_rate(stripe, done)
    for plan in await plans.active(session):
        await _product(stripe, plan, done)
        await _price(stripe, plan, done)
    if webhook_url is not None:
        await _webhook(stripe, webhook_url, EVENTS, done)
    await session.flush()
    return done


async def _vat_rate(stripe: Stripe, done: Done) -> None:
    if await vat_rate_id(stripe) is not None:
        done.found.append("VAT rate")
        return
    values: Any = {
        "display_name": "TVA",
        "percentage": float(VAT_RATE),
        "inclusive": False,
        "country": "FR",
        "metadata": {"usta": VAT_MARK},
    }
    await stripe.v1.tax_rates.create_async(values, {"idempotency_key": f"usta-{VAT_MARK}-{VAT_RATE}"})
    done.made.append("VAT rate")


async def _product(stripe: Stripe, plan: Plan, done: Done) -> None:
    found = await stripe.v1.products.list_async({"limit": 100})
    async for each in found.auto_paging_iter():
        product = each.to_dict()
        if (product.get("metadata") or {}).get("usta_plan") == plan.code:
            plan.stripe_product_id = product["id"]
            done.found.append(f"product {plan.code}")
            return
    made = await stripe.v1.products.create_async({"name": f"Usta {plan.name}", "metadata": {"usta_plan": plan.code}})
    plan.stripe_product_id = made.id
    done.made.append(f"product {plan.code}")


async def _price(stripe: Stripe, plan: Plan, done: Done) -> None:
    assert plan.stripe_product_id is not None
    key, cents = f"usta-{plan.code}", int(plan.amount * 100)
    recurring = {"interval": plan.interval, "interval_count": plan.interval_count}
    found = (await stripe.v1.prices.list_async({"lookup_keys": [key], "limit": 100})).data
    for each in found:
        price = each.to_dict()
        same = price["recurring"]["interval"], price["recurring"]["interval_count"], price["currency"]
        if price["unit_amount"] == cents and same == (plan.interval, plan.interval_count, plan.currency):
            plan.stripe_price_id = price["id"]
            done.found.append(f"price {plan.code}")
            return
    values: Any = {
        "product": plan.stripe_product_id,
        "unit_amount": cents,
        "currency": plan.currency,
        "recurring": recurring,
        "tax_behavior": "exclusive",
        "lookup_key": key,
        "transfer_lookup_key": True,
        "metadata": {"usta_plan": plan.code},
    }
    plan.stripe_price_id = (await stripe.v1.prices.create_async(values)).id
    done.made.append(f"price {plan.code}")


async def _webhook(stripe: Stripe, url: str, events: Sequence[str], done: Done) -> None:
    found = await stripe.v1.webhook_endpoints.list_async({"limit": 100})
    async for each in found.auto_paging_iter():
        endpoint = each.to_dict()
        if endpoint["url"] == url:
            if set(endpoint["enabled_events"]) != set(events):
                changed: Any = {"enabled_events": list(events)}
                await stripe.v1.webhook_endpoints.update_async(endpoint["id"], changed)
                done.made.append("events of the webhook")
            done.found.append("webhook")
            return
    values: Any = {"url": url, "enabled_events": list(events), "api_version": API_VERSION}
    made = await stripe.v1.webhook_endpoints.create_async(values)
    done.secret = made.secret
    done.made.append("webhook")
