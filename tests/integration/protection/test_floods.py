"""Too much at once: a phone that writes without end, and a provider that does. Nothing is lost in either."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import stripe

from agent import brake
from agent.turn import TurnSettings, run_turn
from agent.understanding.grammar.engine import GrammarUnderstander
from api.cli.admin import with_every_door
from db.models import ModelUsage, Organization, User
from db.queue import open_queue
from db.settings import settings
from services.accounts.spending import ModelSpend, spend_today
from services.billing.stripe_api import WEBHOOK_PATH, webhook_secret
from services.messaging import inbox
from services.messaging.kept import take_in_kept
from services.protection.budgets import per_minute
from services.protection.counting import Counts
from tests.integration.messaging.conftest import House, house, message_from  # noqa: F401
from tests.integration.protection.test_limits import client_of

MOST = 5
Make = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
async def jobs(database_url: str) -> AsyncIterator[None]:
    async with open_queue(database_url):
        yield


async def chat_of(house: House, user: User) -> Any:  # noqa: F811
    return await house.one(
        "select id, organization_id, braked_until from whatsapp_chats where user_id = :id and purpose = 'command'",
        id=user.id,
    )


async def held(house: House, user: User) -> bool:  # noqa: F811
    chat = await chat_of(house, user)
    return await brake.holds(house.database, chat.organization_id, chat.id, MOST)


async def notices(house: House, user: User) -> int:  # noqa: F811
    chat = await chat_of(house, user)
    return len(await house.rows("select id from outbox where chat_id = :id", id=chat.id))


async def test_a_phone_that_writes_without_end_is_told_once_and_answered_once_a_minute(
    house: House,  # noqa: F811
    artisan: User,
    message_from: Make,  # noqa: F811
) -> None:
    for number in range(4 * MOST):
        await house.webhook(message_from(message=f"ligne {number}"))
    assert [await held(house, artisan) for _ in range(3)] == [True, True, True]
    chat = await chat_of(house, artisan)
    assert await notices(house, artisan) == 1
    waiting = "select count(*) from jobs.procrastinate_jobs where lock = :lock and scheduled_at is not null"
    assert (await house.one(waiting, lock=f"chat:{chat.id}"))[0] == 1

    async with house.database.tenant(chat.organization_id) as session:  # a minute is over
        await brake.flood.brake(session, chat.organization_id, chat.id, datetime.now(UTC) - timedelta(seconds=1))
    assert not await held(house, artisan)
    assert await run_turn(house.database, GrammarUnderstander(), TurnSettings(0, 0), chat.organization_id, chat.id)
    left = "select count(*) from whatsapp_messages where chat_id = :id and processing_status <> 'processed'"
    assert (await house.one(left + " and direction = 'inbound'", id=chat.id))[0] == 0
    answered = await notices(house, artisan)
    await house.webhook(message_from(message="et encore"))
    assert await held(house, artisan), "the next turn is a minute later"
    assert await notices(house, artisan) == answered, "and it is told once"


async def test_who_writes_like_a_person_is_not_held(house: House, artisan: User, message_from: Make) -> None:  # noqa: F811
    now = datetime.now(UTC)
    for minutes in range(4 * MOST):  # what was written over an hour comes at once after an outage
        sent = (now - timedelta(minutes=3 * minutes)).isoformat().replace("+00:00", "Z")
        await house.webhook(message_from(message="12 m² placo à 35", timestamp=sent))
    assert not await held(house, artisan)
    assert (await chat_of(house, artisan)).braked_until is None and await notices(house, artisan) == 0


async def test_a_company_asks_models_so_often_a_minute(
    database: Any, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "rate_limits", True)
    monkeypatch.setattr(settings(), "model_calls_per_minute", 3)
    now = datetime.now(UTC)

    async def asked(times: int, at: datetime) -> ModelSpend:
        async with database.tenant(organization.id) as session:
            facts = {
                "organization_id": organization.id,
                "provider": "p",
                "model": "m",
                "purpose": "read",
                "outcome": "ok",
            }
            session.add_all(ModelUsage(**facts, cost_eur=0, created_at=at) for _ in range(times))
            await session.flush()
            return await spend_today(session, organization, now)

    assert (await asked(3, now - timedelta(seconds=90))).may_read, "that minute is over"
    assert (await asked(2, now - timedelta(seconds=10))).may_read
    spend = await asked(1, now - timedelta(seconds=1))
    assert spend.allowed and not spend.may_read


async def test_a_flood_of_webhooks_is_put_off_and_nothing_is_lost(
    house: House,  # noqa: F811
    artisan: User,
    message_from: Make,  # noqa: F811
) -> None:
    limited = house.app.state.settings.model_copy(update={"rate_limits": True, "webhooks_per_minute": 1})
    house.app.state.settings, house.app.state.counts = limited, Counts(per_minute(limited))
    payloads = [message_from(message=f"ligne {number}") for number in range(3)]
    answers = [(await house.webhook(payload)).json()["status"] for payload in payloads]
    assert answers == ["queued", "postponed", "postponed"]
    jobs = await house.rows(
        "select args ->> 'event_id' as id, lock from jobs.procrastinate_jobs where task_name = :name order by id",
        name=inbox.TAKE_IN_KEPT,
    )
    assert {job.lock for job in jobs} == {"webhooks:webhook"} and len(jobs) == 2
    for job in [*jobs, *jobs]:  # a job that is done twice does nothing the second time
        await take_in_kept(house.database, UUID(job.id), inbox.receive)
    stored = (
        "select count(*) from whatsapp_messages where provider_message_id = any(:ids) and processing_status = 'queued'"
    )
    assert (await house.one(stored, ids=[payload["message_id"] for payload in payloads]))[0] == 3
    assert not await house.rows("select id from webhook_events where outcome = 'postponed'")


async def test_who_repeats_for_days_is_asked_to_come_again(database: Any) -> None:
    secret = webhook_secret(with_every_door().model_copy(update={"billing_simulated": True})) or ""
    body = '{"id": "evt_1", "object": "event", "created": 1, "type": "invoice.paid", "data": {"object": {"customer": "cus_1"}}}'
    async with client_of(database, webhooks_per_minute=1, billing_simulated=True) as http:
        answers = []
        for _ in range(2):
            headers = {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret)}
            answers.append(await http.post(WEBHOOK_PATH, content=body, headers=headers))
    assert [answer.status_code for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) >= 1
