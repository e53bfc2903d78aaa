"""The API of the simulated Stripe: the routes that the product uses, with Stripe's parameters and answers."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter

from services.billing.simulator.state import Object
from services.billing.simulator.wire import ApiRoute, Call, CallDep, Refused, page, shown

router = APIRouter(prefix="/v1", route_class=ApiRoute)
_LISTING = ("limit", "starting_after", "ending_before")


@router.post("/products")
async def create_product(call: CallDep) -> Object:
    given = call.only("name", "description", "metadata", "active", "tax_code")
    values = {"name": call.need("name"), "description": given.get("description"), "active": True}
    return shown(call.state.add("product", "prod", values | {"metadata": given.get("metadata") or {}}))


@router.get("/products")
async def products(call: CallDep) -> Object:
    call.only("active", *_LISTING)
    return page(call, "/v1/products", list(call.state.of("product").values()))


@router.post("/products/{id}")
async def change_product(call: CallDep, id: str) -> Object:
    given = call.only("name", "description", "metadata", "active")
    return shown(_changed(call.state.get("product", id), given))


@router.post("/prices")
async def create_price(call: CallDep) -> Object:
    given = call.only(
        "product",
        "unit_amount",
        "currency",
        "recurring",
        "lookup_key",
        "tax_behavior",
        "metadata",
        "nickname",
        "transfer_lookup_key",
    )
    call.state.get("product", call.need("product"), "product")
    recurring = given.get("recurring") or {}
    key = given.get("lookup_key")
    if key and given.get("transfer_lookup_key") == "true":
        for other in call.state.of("price").values():
            other["lookup_key"] = None if other["lookup_key"] == key else other["lookup_key"]
    values = {
        "product": given["product"],
        "unit_amount": int(call.need("unit_amount")),
        "currency": call.need("currency"),
        "recurring": {
            "interval": recurring.get("interval", "month"),
            "interval_count": int(recurring.get("interval_count", 1)),
            "usage_type": "licensed",
        },
        "lookup_key": key,
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        "metadata": given.get("metadata") or {},
        "active": True,
        "type": "recurring",
    }
    return shown(call.state.add("price", "price", values))


@router.get("/prices")
async def prices(call: CallDep) -> Object:
    given = call.only("lookup_keys", "active", "product", *_LISTING)
    keys = given.get("lookup_keys")
    found = [each for each in call.state.of("price").values() if not keys or each["lookup_key"] in keys]
    return page(call, "/v1/prices", found)


@router.get("/prices/{id}")
async def price(call: CallDep, id: str) -> Object:
    return shown(call.state.get("price", id))


@router.post("/tax_rates")
async def create_tax_rate(call: CallDep) -> Object:
    given = call.only("display_name", "percentage", "inclusive", "country", "description", "metadata", "jurisdiction")
    values = {
        "display_name": call.need("display_name"),
        "percentage": float(call.need("percentage")),
        "inclusive": call.need("inclusive") == "true",
        "country": given.get("country"),
        "jurisdiction": given.get("jurisdiction"),
        "description": given.get("description"),
        "active": True,
        "metadata": given.get("metadata") or {},
    }
    return shown(call.state.add("tax_rate", "txr", values))


@router.get("/tax_rates")
async def tax_rates(call: CallDep) -> Object:
    call.only("active", "inclusive", *_LISTING)
    return page(call, "/v1/tax_rates", list(call.state.of("tax_rate").values()))


@router.post("/customers")
async def create_customer(call: CallDep) -> Object:
    given = call.only("name", "email", "phone", "address", "metadata", "preferred_locales", "test_clock", "description")
    clock = given.get("test_clock")
    if clock:
        call.state.get("test_helpers.test_clock", clock, "test_clock")
    values = {
        "name": given.get("name"),
        "email": given.get("email") or None,
        "phone": given.get("phone"),
        "address": given.get("address"),
        "metadata": given.get("metadata") or {},
        "preferred_locales": given.get("preferred_locales") or [],
        "test_clock": clock,
        "invoice_settings": {"default_payment_method": None},
    }
    made = call.state.add("customer", "cus", values, call.state.time(clock))
    call.life.say("customer.created", made)
    return shown(made)


@router.get("/customers/{id}")
async def customer(call: CallDep, id: str) -> Object:
    return shown(call.state.get("customer", id))


@router.post("/customers/{id}")
async def change_customer(call: CallDep, id: str) -> Object:
    given = call.only("name", "email", "phone", "address", "metadata", "preferred_locales", "description")
    made = _changed(call.state.get("customer", id), given)
    call.life.say("customer.updated", made, {})
    return shown(made)


@router.post("/checkout/sessions")
async def create_checkout(call: CallDep) -> Object:
    given = call.only(
        "mode", "customer", "client_reference_id", "line_items", "subscription_data", "metadata", "success_url",
        "cancel_url", "locale", "allow_promotion_codes", "customer_update", "tax_id_collection",
    )  # fmt: skip
    if call.need("mode") != "subscription":
        raise Refused(400, "Only subscriptions are sold here.", param="mode")
    line = call.need("line_items")[0]
    call.state.get("price", line["price"], "line_items[0][price]")
    call.state.get("customer", call.need("customer"), "customer")
    now = call.state.time()
    values = {
        "mode": "subscription",
        "status": "open",
        "payment_status": "unpaid",
        "customer": given["customer"],
        "client_reference_id": given.get("client_reference_id"),
        "metadata": given.get("metadata") or {},
        "success_url": call.need("success_url"),
        "cancel_url": given.get("cancel_url"),
        "locale": given.get("locale"),
        "subscription": None,
        "invoice": None,
        "payment_intent": None,
        "ui_mode": "hosted_page",
        "expires_at": now + 24 * 3600,
        "_line": line,
        "_subscription_data": given.get("subscription_data") or {},
    }
    made = call.state.add("checkout.session", "cs_test", values)
    made["url"] = f"{call.state.base}/c/pay/{made['id']}"
    return shown(made)


@router.get("/checkout/sessions/{id}")
async def checkout(call: CallDep, id: str) -> Object:
    return shown(call.state.get("checkout.session", id))


@router.post("/billing_portal/sessions")
async def create_portal(call: CallDep) -> Object:
    given = call.only("customer", "return_url", "configuration", "locale", "flow_data")
    call.state.get("customer", call.need("customer"), "customer")
    values = {"customer": given["customer"], "return_url": given.get("return_url"), "locale": given.get("locale")}
    made = call.state.add("billing_portal.session", "bps", values)
    made["url"] = f"{call.state.base}/p/session/{made['id']}"
    return shown(made)


@router.get("/subscriptions")
async def subscriptions(call: CallDep) -> Object:
    given = call.only("customer", "status", "price", *_LISTING)
    found = [
        each
        for each in call.state.of("subscription").values()
        if given.get("customer") in (None, each["customer"]) and _has_status(each, given.get("status"))
    ]
    return page(call, "/v1/subscriptions", found)


@router.get("/subscriptions/{id}")
async def subscription(call: CallDep, id: str) -> Object:
    return shown(call.state.get("subscription", id))


@router.post("/subscriptions/{id}")
async def change_subscription(call: CallDep, id: str) -> Object:
    given = call.only("items", "cancel_at_period_end", "proration_behavior", "metadata", "default_payment_method")
    found = call.state.get("subscription", id)
    if found["status"] == "canceled":
        raise Refused(400, "A canceled subscription can only update its cancellation_details and metadata.")
    if items := given.get("items"):
        call.life.change_price(found, call.state.get("price", items[0]["price"], "items[0][price]"))
    if "cancel_at_period_end" in given:
        call.life.schedule_end(found, given["cancel_at_period_end"] == "true")
    return shown(found)


@router.delete("/subscriptions/{id}")
async def cancel_subscription(call: CallDep, id: str) -> Object:
    found = call.state.get("subscription", id)
    call.life.cancel(found)
    return shown(found)


@router.get("/invoices")
async def invoices(call: CallDep) -> Object:
    given = call.only("customer", "subscription", "status", "created", *_LISTING)
    found = [
        each
        for each in call.state.of("invoice").values()
        if given.get("customer") in (None, each["customer"]) and given.get("status") in (None, each["status"])
    ]
    return page(call, "/v1/invoices", found)


@router.get("/invoices/{id}")
async def invoice(call: CallDep, id: str) -> Object:
    return shown(call.state.get("invoice", id))


@router.post("/invoices/{id}/pay")
async def pay_invoice(call: CallDep, id: str) -> Object:
    call.only("payment_method", "paid_out_of_band")
    found = call.state.get("invoice", id)
    if found["status"] != "open":
        raise Refused(400, "Invoice is already paid", code="invoice_already_paid")
    if not call.life.pay(found):
        raise Refused(402, "Your card was declined.", type="card_error", code="card_declined")
    return shown(found)


@router.get("/events")
async def events(call: CallDep) -> Object:
    given = call.only("type", "types", "created", *_LISTING)
    wanted = given.get("types") or ([given["type"]] if "type" in given else None)
    found = [each for each in call.state.of("event").values() if wanted is None or each["type"] in wanted]
    return page(call, "/v1/events", found)


@router.get("/events/{id}")
async def event(call: CallDep, id: str) -> Object:
    return shown(call.state.get("event", id))


@router.post("/webhook_endpoints")
async def create_endpoint(call: CallDep) -> Object:
    given = call.only("url", "enabled_events", "api_version", "description", "metadata")
    values = {
        "url": call.need("url"),
        "enabled_events": call.need("enabled_events"),
        "api_version": given.get("api_version"),
        "description": given.get("description"),
        "metadata": given.get("metadata") or {},
        "status": "enabled",
        "secret": f"whsec_{secrets.token_hex(16)}",
    }
    return shown(call.state.add("webhook_endpoint", "we", values))


@router.get("/webhook_endpoints")
async def endpoints(call: CallDep) -> Object:
    call.only(*_LISTING)
    answer = page(call, "/v1/webhook_endpoints", list(call.state.of("webhook_endpoint").values()))
    for each in answer["data"]:  # the secret is told once, when it is made
        each.pop("secret", None)
    return answer


@router.post("/webhook_endpoints/{id}")
async def change_endpoint(call: CallDep, id: str) -> Object:
    given = call.only("url", "enabled_events", "description", "metadata", "disabled")
    made = shown(_changed(call.state.get("webhook_endpoint", id), given))
    return {name: value for name, value in made.items() if name != "secret"}


@router.post("/test_helpers/test_clocks")
async def create_clock(call: CallDep) -> Object:
    given = call.only("frozen_time", "name")
    values = {"frozen_time": int(call.need("frozen_time")), "name": given.get("name"), "status": "ready"}
    return shown(call.state.add("test_helpers.test_clock", "clock", values))


@router.get("/test_helpers/test_clocks/{id}")
async def clock(call: CallDep, id: str) -> Object:
    return shown(call.state.get("test_helpers.test_clock", id))


@router.post("/test_helpers/test_clocks/{id}/advance")
async def advance_clock(call: CallDep, id: str) -> Object:
    call.only("frozen_time")
    found = call.state.get("test_helpers.test_clock", id)
    until = int(call.need("frozen_time"))
    if until <= found["frozen_time"]:
        raise Refused(400, "The frozen time must be after the present one.", param="frozen_time")
    call.life.advance(id, until)
    return shown(found)


def _changed(made: Object, given: dict[str, Any]) -> Object:
    for name, value in given.items():
        if name == "metadata":
            made["metadata"] |= value
        elif name not in ("expand",):
            made[name] = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    return made


def _has_status(made: Object, wanted: str | None) -> bool:
    if wanted == "all":
        return True
    return made["status"] not in ("canceled", "incomplete_expired") if wanted is None else made["status"] == wanted


def begin(call: Call, session: Object) -> Object:
    """A checkout session is paid: its subscription begins."""
    data, line = session["_subscription_data"], session["_line"]
    state = call.state
    values = {"trial_days": data.get("trial_period_days"), "metadata": data.get("metadata")}
    made = call.life.begin(
        state.get("customer", session["customer"]),
        state.get("price", line["price"]),
        int(line.get("quantity", 1)),
        line.get("tax_rates") or [],
        values,
    )
    paid = "no_payment_required" if made["status"] == "trialing" else "paid"
    session |= {"status": "complete", "payment_status": paid, "subscription": made["id"]}
    session["invoice"] = made["latest_invoice"]
    call.life.say("checkout.session.completed", session)
    return made
