"""POST /webhooks/stripe: signed, kept, counted once, read by a job."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select, text

from db.models import WebhookEvent
from db.settings import settings
from evals.billing.life import DEAR, World
from services.billing.simulator.webhooks import signed
from services.billing.stripe_api import WEBHOOK_PATH, webhook_secret


async def rows(world: World, statement: str, **values: Any) -> list[Any]:
    async with world.database.system() as session:
        return list((await session.execute(text(statement), values)).all())


async def outcomes(world: World, event_id: str) -> list[str | None]:
    """What became of the webhooks whose body names the event."""
    async with world.database.system() as session:
        kept = (await session.scalars(select(WebhookEvent).where(WebhookEvent.source == "stripe"))).all()
        return [each.outcome for each in kept if event_id in str(each.body)]


async def test_an_event_is_kept_and_counts_once(world: World) -> None:
    await world.subscribe(world.dear, DEAR)
    event = next(each for each in world.happened() if each["type"] == "customer.subscription.created")
    customer = world.customer(world.dear)["id"]
    for _ in range(3):
        assert await world.simulator.webhooks.deliver(event) == 200
    waiting = await rows(
        world,
        "select args from jobs.procrastinate_jobs where task_name = 'sync_stripe_customer' and status = 'todo' "
        "and args ->> 'customer_id' = :customer",
        customer=customer,
    )
    assert len(waiting) == 1
    assert sorted(await outcomes(world, event["id"])) == ["duplicate", "duplicate", "queued"]
    assert (await rows(world, "select deliveries from stripe_events where id = :id", id=event["id"]))[0][0] == 3


@pytest.mark.parametrize("how", ["missing", "wrong", "old", "changed"])
async def test_a_signature_that_is_not_right_keeps_nothing(world: World, how: str) -> None:
    secret = webhook_secret(settings()) or ""
    event = world.simulator.state.emit("invoice.paid", {"object": "invoice", "id": "in_1", "customer": "cus_1"})
    headers, body = signed(event, secret, int(time.time()) - (400 if how == "old" else 0))
    if how == "missing":
        headers.pop("stripe-signature")
    if how == "wrong":
        headers, body = signed(event, "whsec_other")
    if how == "changed":
        body += b" "
    answer = await world.http.post(WEBHOOK_PATH, headers=headers, content=body)
    assert answer.status_code == 401 and answer.json()["code"] == "AUTHENTICATION"
    assert await rows(world, "select 1 from stripe_events where id = :id", id=event["id"]) == []


async def test_a_body_that_is_no_event_is_kept(world: World) -> None:
    headers, body = signed(
        {"object": "event", "id": "evt_odd", "type": "x", "created": 1}, webhook_secret(settings()) or ""
    )
    answer = await world.http.post(WEBHOOK_PATH, headers=headers, content=body)
    assert answer.status_code == 422
    assert await outcomes(world, "evt_odd") == ["unreadable"]
