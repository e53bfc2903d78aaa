"""Stripe's objects as its API of 2026 shows them: what the product reads, with the fields around it."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from services.billing.simulator.state import Object, State, new_id

DAY = 86_400


def later(start: int, interval: str, count: int, anchor: int) -> int:
    """The end of a period: the same day of the anchor, or the last of a shorter month."""
    if interval in ("day", "week"):
        days = count * (7 if interval == "week" else 1)
        return int((datetime.fromtimestamp(start, UTC) + timedelta(days=days)).timestamp())
    at, day = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(anchor, UTC).day
    months = at.year * 12 + at.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(at.replace(year=year, month=month + 1, day=min(day, last)).timestamp())


def listed(data: list[Object], url: str) -> Object:
    """A whole list inside another object."""
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}


def subscription(
    state: State, customer: Object, price: Object, quantity: int, tax_rates: list[str], values: dict[str, Any]
) -> Object:
    """A subscription that begins now, with a trial of ``values["trial_days"]`` days if there are any."""
    start = state.time(customer.get("test_clock"))
    trial = int(values.get("trial_days") or 0)
    trial_end = start + trial * DAY if trial else None
    anchor = trial_end or start
    recurring = price["recurring"]
    end = trial_end or later(start, recurring["interval"], recurring["interval_count"], anchor)
    made = state.add(
        "subscription",
        "sub",
        {
            "customer": customer["id"],
            "status": "trialing" if trial else "active",
            "test_clock": customer.get("test_clock"),
            "billing_cycle_anchor": anchor,
            "billing_mode": {"type": "flexible"},
            "cancel_at": None,
            "cancel_at_period_end": False,
            "canceled_at": None,
            "collection_method": "charge_automatically",
            "currency": price["currency"],
            "default_payment_method": None,
            "default_tax_rates": [],
            "ended_at": None,
            "latest_invoice": None,
            "metadata": values.get("metadata") or {},
            "pause_collection": None,
            "start_date": start,
            "trial_start": start if trial else None,
            "trial_end": trial_end,
        },
        start,
    )
    item = {
        "id": new_id("si"),
        "object": "subscription_item",
        "created": start,
        "current_period_start": start,
        "current_period_end": end,
        "metadata": {},
        "price": price,
        "quantity": quantity,
        "subscription": made["id"],
        "tax_rates": [state.get("tax_rate", rate, "tax_rates") for rate in tax_rates],
    }
    made["items"] = listed([item], f"/v1/subscription_items?subscription={made['id']}")
    return made


def line(subscription_: Object, description: str, amount: int, start: int, end: int) -> Object:
    """A line of an invoice with its VAT, in cents."""
    item = subscription_["items"]["data"][0]
    taxes = [
        {
            "amount": _tax(amount, rate),
            "tax_behavior": "exclusive",
            "taxable_amount": amount,
            "taxability_reason": "standard_rated",
            "tax_rate_details": {"tax_rate": rate["id"]},
            "type": "tax_rate_details",
        }
        for rate in item["tax_rates"]
    ]
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": subscription_["currency"],
        "description": description,
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {"subscription": subscription_["id"], "subscription_item": item["id"]},
        },
        "period": {"start": start, "end": end},
        "pricing": {"type": "price_details", "price_details": {"price": item["price"]["id"]}},
        "quantity": item["quantity"],
        "taxes": taxes,
    }


def _tax(amount: int, rate: Object) -> int:
    return int((Decimal(amount) * Decimal(str(rate["percentage"])) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def invoice(state: State, subscription_: Object, reason: str, lines: list[Object], number: str) -> Object:
    """A finalized invoice that nobody has tried to charge yet."""
    now = state.time(subscription_.get("test_clock"))
    customer = state.get("customer", subscription_["customer"])
    subtotal = sum(each["amount"] for each in lines)
    taxes = [tax for each in lines for tax in each["taxes"]]
    total = subtotal + sum(tax["amount"] for tax in taxes)
    made = state.add(
        "invoice",
        "in",
        {
            "number": number,
            "customer": customer["id"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "status": "open",
            "test_clock": subscription_.get("test_clock"),
            "billing_reason": reason,
            "collection_method": "charge_automatically",
            "currency": subscription_["currency"],
            "amount_due": total,
            "amount_paid": 0,
            "amount_remaining": total,
            "subtotal": subtotal,
            "total": total,
            "total_excluding_tax": subtotal,
            "total_taxes": taxes,
            "attempted": False,
            "attempt_count": 0,
            "next_payment_attempt": None,
            "due_date": None,
            "period_start": now,
            "period_end": now,
            "metadata": {},
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"subscription": subscription_["id"], "metadata": subscription_["metadata"]},
            },
            "status_transitions": {
                "finalized_at": now,
                "paid_at": None,
                "marked_uncollectible_at": None,
                "voided_at": None,
            },
        },
        now,
    )
    made["hosted_invoice_url"] = f"{state.base}/i/{made['id']}"
    made["invoice_pdf"] = f"{state.base}/i/{made['id']}/pdf"
    made["lines"] = listed(lines, f"/v1/invoices/{made['id']}/lines")
    subscription_["latest_invoice"] = made["id"]
    return made
