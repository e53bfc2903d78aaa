"""Charges of the simulated Stripe: an invoice is paid by a payment intent with one charge, which can be refunded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.billing.simulator.state import Object, State, new_id

if TYPE_CHECKING:
    from services.billing.simulator.life import Life


def charge(state: State, invoice: Object, now: int) -> None:
    """The payment of an invoice that was paid now."""
    intent, amount = new_id("pi"), invoice["total"]
    common = {"customer": invoice["customer"], "currency": invoice["currency"], "payment_intent": intent}
    values: dict[str, Any] = {
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "captured": True,
        "paid": True,
        "refunded": False,
        "status": "succeeded",
        "metadata": {},
        "_clock": invoice.get("test_clock"),
    }
    state.add("charge", "ch", common | values, now)
    state.add(
        "invoice_payment",
        "inpay",
        {
            "invoice": invoice["id"],
            "amount_paid": amount,
            "amount_requested": amount,
            "currency": invoice["currency"],
            "is_default": True,
            "payment": {"type": "payment_intent", "payment_intent": intent},
            "status": "paid",
            "status_transitions": {"canceled_at": None, "paid_at": now},
        },
        now,
    )


def refund(life: Life, found: Object, amount: int, reason: str | None, metadata: Object) -> Object:
    """Gives so many cents of a charge back; the customer's money is back at once."""
    state = life.state
    values = {
        "amount": amount,
        "charge": found["id"],
        "currency": found["currency"],
        "metadata": metadata,
        "payment_intent": found["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "status": "succeeded",
    }
    made = state.add("refund", "re", values, state.time(found["_clock"]))
    before = {"amount_refunded": found["amount_refunded"], "refunded": found["refunded"]}
    found["amount_refunded"] += amount
    found["refunded"] = found["amount_refunded"] == found["amount"]
    life.say("refund.created", made)
    life.say("charge.refunded", found, before)
    return made
