"""Payments of invoices at the simulated Stripe, and what of them is given back."""

from __future__ import annotations

from fastapi import APIRouter

from services.billing.simulator.charges import refund
from services.billing.simulator.state import Missing, Object
from services.billing.simulator.wire import ApiRoute, CallDep, Refused, page, shown

router = APIRouter(prefix="/v1", route_class=ApiRoute)
_LISTING = ("limit", "starting_after", "ending_before")


@router.get("/invoice_payments")
async def invoice_payments(call: CallDep) -> Object:
    given = call.only("invoice", "status", "payment", "created", *_LISTING)
    intent = (given.get("payment") or {}).get("payment_intent")
    found = [
        each
        for each in call.state.of("invoice_payment").values()
        if given.get("invoice") in (None, each["invoice"]) and intent in (None, each["payment"]["payment_intent"])
    ]
    return page(call, "/v1/invoice_payments", found)


@router.post("/refunds")
async def create_refund(call: CallDep) -> Object:
    given = call.only("payment_intent", "charge", "amount", "reason", "metadata")
    charges = call.state.of("charge").values()
    wanted = given.get("payment_intent"), given.get("charge")
    if not any(wanted):
        raise Refused(400, "One of the following params should be provided for this request: payment_intent or charge.")
    found = next((each for each in charges if each["payment_intent"] == wanted[0] or each["id"] == wanted[1]), None)
    if found is None:
        raise Missing("payment_intent" if wanted[0] else "charge", str(wanted[0] or wanted[1]))
    left = found["amount"] - found["amount_refunded"]
    amount = int(given.get("amount") or left)
    if left == 0:
        raise Refused(400, f"Charge {found['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise Refused(400, "Refund amount is greater than unrefunded amount on charge", param="amount")
    return shown(refund(call.life, found, amount, given.get("reason"), given.get("metadata") or {}))


@router.get("/refunds")
async def refunds(call: CallDep) -> Object:
    given = call.only("charge", "payment_intent", "created", *_LISTING)
    found = [
        each
        for each in call.state.of("refund").values()
        if given.get("charge") in (None, each["charge"])
        and given.get("payment_intent") in (None, each["payment_intent"])
    ]
    return page(call, "/v1/refunds", found)
