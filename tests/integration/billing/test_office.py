"""Subscriptions over HTTP: plans, checkout, what the owner sees, the payment page, limits."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import text

from db.settings import settings
from evals.billing.life import DEAR, World
from services.billing import invoices, jobs
from services.billing.links import payment_url
from services.billing.mirror import sync_customer
from services.billing.provisioning import set_up
from services.documents.rendering import render_snapshot
from services.storage.service import storage
from tests.office import member_headers, platform_headers


async def call(world: World, method: str, path: str, headers: dict[str, str], **values: Any) -> httpx.Response:
    return await world.http.request(method, f"/api/v1{path}", headers=headers, **values)


async def read_again(world: World) -> None:
    await sync_customer(world.database, world.stripe, world.customer(world.dear)["id"], grace=jobs.grace())


async def test_from_the_price_list_to_the_printed_invoice(world: World) -> None:
    owner = await member_headers(world.database, world.dear, "ADMIN")
    plans = (await world.http.get("/api/v1/plans")).json()["data"]
    assert [plan["code"] for plan in plans][:2] == ["starter-monthly", "pro-monthly"]
    root = f"/organizations/{world.dear}/subscription"
    before = (await call(world, "GET", root, owner)).json()
    assert before["account"] == "pending" and before["status"] is None and "/subscribe/" in before["pay_at"]
    assert (await call(world, "POST", f"{root}/portal", owner)).status_code == 409
    unknown = await call(world, "POST", f"{root}/checkout", owner, json={"plan": "gold"})
    assert unknown.status_code == 422 and unknown.json()["details"][0]["field"] == "plan"

    made = await call(world, "POST", f"{root}/checkout", owner, json={"plan": DEAR})
    assert made.status_code == 201
    world.customer(world.dear)["test_clock"] = world.clock
    page = made.json()["url"].replace("http://stripe.simulated", "")
    declined = await world.pages.post(page, data={"action": "fail"})
    assert declined.status_code == 200 and "refusée" in declined.text
    assert (await world.pages.post(page, data={"action": "pay"})).status_code == 303
    world.days(15)
    await read_again(world)
    assert len(await invoices.number_paid(world.database, world.stripe, settings(), grace=jobs.grace())) == 1

    after = (await call(world, "GET", root, owner)).json()
    assert (after["account"], after["status"], after["plan"]["code"]) == ("active", "active", DEAR)
    assert after["usage"]["members"] == {"used": 2, "limit": 10}
    assert (await call(world, "POST", f"{root}/checkout", owner, json={"plan": DEAR})).status_code == 409
    listed = (await call(world, "GET", f"{root}/invoices", owner)).json()["data"]
    paid = next(each for each in listed if each["number"])
    assert (paid["subtotal"], paid["vat_amount"], paid["total"]) == ("99.00", "19.80", "118.80")
    assert (await call(world, "GET", f"{root}/invoices/{paid['id']}/pdf", owner)).status_code == 409

    async def render(snapshot: dict[str, Any]) -> bytes:
        return render_snapshot(snapshot)

    async with world.database.system() as session:
        statement = "select id from subscription_invoices where number = :number"
        invoice_id = (await session.execute(text(statement), {"number": paid["number"]})).scalar_one()
    await invoices.make_pdf(world.database, storage(), render, world.dear, invoice_id)
    link = (await call(world, "GET", f"{root}/invoices/{paid['id']}/pdf", owner)).json()["url"]
    pdf = await world.http.get("/files/" + link.rsplit("/files/", 1)[1])
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF")

    stopped = await call(world, "PATCH", root, owner, json={"cancel_at_period_end": True})
    assert stopped.status_code == 202
    await read_again(world)
    assert (await call(world, "GET", root, owner)).json()["cancel_at_period_end"] is True


async def test_the_plan_limits_members(world: World) -> None:
    owner = await member_headers(world.database, world.dear, "ADMIN")
    admin = await platform_headers(world.database)
    await world.subscribe(world.dear, DEAR)
    await read_again(world)
    plans = (await call(world, "GET", "/admin/plans", admin)).json()["data"]
    dear = next(plan for plan in plans if plan["code"] == DEAR)
    sold = await call(world, "PATCH", f"/admin/plans/{dear['id']}", admin, json={"amount": "120.00"})
    assert sold.status_code == 409
    limits = dear["limits"] | {"members": 2}
    changed = await call(world, "PATCH", f"/admin/plans/{dear['id']}", admin, json={"limits": limits})
    assert changed.status_code == 200, changed.text
    body = {"email": "third@firm.example", "role": "AGENT"}
    refused = await call(world, "POST", f"/organizations/{world.dear}/users", owner, json=body)
    assert refused.status_code == 402 and refused.json()["details"][0]["field"] == "members"
    await call(world, "PATCH", f"/admin/plans/{dear['id']}", admin, json={"limits": dear["limits"]})


async def test_the_payment_page_does_nothing_until_a_button_is_pressed(world: World) -> None:
    path = payment_url(settings(), world.dear).partition("/subscribe/")[2]
    shown = await world.http.get(f"/subscribe/{path}")
    assert (
        shown.status_code == 200 and "29,00" in shown.text and "form-action" in shown.headers["content-security-policy"]
    )
    assert not world.simulator.state.of("customer")
    gone = await world.http.post(f"/subscribe/{path}", data={"plan": DEAR})
    assert gone.status_code == 303 and "/c/pay/" in gone.headers["location"]
    other = await world.http.get(f"/subscribe/{path[:-4]}AAAA")
    assert other.status_code == 404


async def test_set_up_makes_nothing_twice(world: World) -> None:
    state = world.simulator.state
    counts = {kind: len(state.of(kind)) for kind in ("product", "price", "tax_rate", "webhook_endpoint")}
    async with world.database.system() as session:
        again = await set_up(session, world.stripe)
    assert again.made == []
    assert counts == {kind: len(state.of(kind)) for kind in counts}
    async with world.database.system() as session:
        first = await set_up(session, world.stripe, "https://usta.example/webhooks/stripe")
        second = await set_up(session, world.stripe, "https://usta.example/webhooks/stripe")
    assert (first.made, second.made, second.secret) == (["webhook"], [], None)
    assert (first.secret or "").startswith("whsec_")
