"""POST /webhooks/unipile/messages: who may enter, what is kept, what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api.webhooks.bodies import MAXIMUM_BODY
from db.models import User, WhatsappAccount
from services.messaging import inbox
from services.messaging.moments import moment

Make = Callable[..., dict[str, Any]]
WEBHOOKS = "/webhooks/unipile/messages"


async def events(house: Any) -> int:
    return int((await house.one("select count(*) from webhook_events"))[0])


async def turns(house: Any, phone: str) -> int:
    """Jobs that call for a turn of the chat with ``phone``."""
    statement = """select count(*) from jobs.procrastinate_jobs j join whatsapp_chats c on j.lock = 'chat:' || c.id
                    where j.task_name = 'turn' and c.attendee_phone = :phone"""
    return int((await house.one(statement, phone=phone))[0])


async def test_message_of_an_artisan_is_stored_and_calls_for_a_turn(house, artisan: User, message_from: Make) -> None:
    payload = message_from(message="  Devis pour Mme Petit  ")
    answer = await house.webhook(payload)
    assert (answer.status_code, answer.json()) == (200, {"status": "queued"})
    row = await house.one(
        "select m.*, c.purpose, c.unread_count from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id"
        " where sender_phone = :phone",
        phone=artisan.whatsapp_phone,
    )
    assert (row.direction, row.processing_status, row.purpose, row.unread_count) == ("inbound", "queued", "command", 1)
    assert (row.organization_id, row.user_id) == (artisan.organization_id, artisan.id)
    assert row.text == "  Devis pour Mme Petit  " and row.sent_at == datetime.fromisoformat(payload["timestamp"])
    job = await house.one("select * from jobs.procrastinate_jobs where lock = :lock", lock=f"chat:{row.chat_id}")
    assert job.task_name == "turn"
    assert job.args == {"chat_id": str(row.chat_id), "organization_id": str(artisan.organization_id)}


@pytest.mark.parametrize("headers", [{}, {"Unipile-Auth": "wrong"}, {"Unipile-Auth": ""}, {"Unipile-Auth": "é"}])
async def test_without_the_secret_nothing_is_kept(house, message_from: Make, headers: dict[str, str]) -> None:
    before = await events(house)
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await house.http.post(WEBHOOKS, json=message_from(), headers=encoded)
    assert answer.status_code == 401 and answer.json()["code"] == "AUTHENTICATION"
    assert await events(house) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"\xff\xfe{", "body"),
        (b"", "body"),
        (b"[1]", "body"),
        (b"null", "body"),
        (b"[" * 100_000, "body"),
        (b'{"event":"message_received","account_id":"a"}', "chat_id"),
        (b'{"AccountStatus":{}}', "AccountStatus"),
    ],
)
async def test_unreadable_bodies_are_kept_byte_for_byte(house, body: bytes, field: str) -> None:
    answer = await house.http.post(WEBHOOKS, content=body, headers=house.secret)
    assert answer.status_code == 422
    error = answer.json()
    assert error.keys() == {"code", "message", "details", "requestId", "timestamp"} and error["code"] == "VALIDATION"
    assert field in [detail["field"] for detail in error["details"]]
    (kept, *_) = await house.rows("select body, outcome from webhook_events order by received_at desc limit 1")
    assert (bytes(kept.body), kept.outcome) == (body, "unreadable")


async def test_content_type_does_not_matter(house, message_from: Make) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        content = json.dumps(message_from()).encode()
        answer = await house.http.post(WEBHOOKS, content=content, headers=house.secret | headers)
        assert answer.json() == {"status": "queued"}


async def test_too_large_a_body_is_refused_and_its_beginning_kept(house) -> None:
    answer = await house.http.post(WEBHOOKS, content=b"x" * (MAXIMUM_BODY + 1), headers=house.secret)
    assert answer.status_code == 413
    (kept, *_) = await house.rows("select outcome, body from webhook_events order by received_at desc limit 1")
    assert (kept.outcome, len(kept.body)) == ("too_large", 4096)


async def test_secret_is_not_kept_with_the_headers(house, message_from: Make) -> None:
    await house.webhook(message_from(), **{"User-Agent": "unipile"})
    (kept, *_) = await house.rows("select headers from webhook_events order by received_at desc limit 1")
    assert kept.headers == {"content-type": "application/json", "user-agent": "unipile"}


async def test_failure_of_ours_keeps_the_body_and_asks_for_a_retry(house, message_from: Make, monkeypatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(inbox, "_message", broken)
    answer = await house.webhook(message_from())
    assert answer.status_code == 500 and "boom" not in answer.text
    (kept, *_) = await house.rows("select outcome, error from webhook_events order by received_at desc limit 1")
    assert kept.outcome == "error" and "boom" in kept.error


async def test_database_away_is_503(house, message_from: Make, monkeypatch) -> None:
    async def away(*_: Any) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(inbox, "receive", away)
    answer = await house.webhook(message_from())
    assert answer.status_code == 503 and answer.json()["code"] == "SERVICE_UNAVAILABLE"


async def test_duplicates_create_and_answer_nothing(house, artisan: User, message_from: Make) -> None:
    payload = message_from()
    answers = await asyncio.gather(*(house.webhook(payload) for _ in range(8)))
    assert sorted(answer.json()["status"] for answer in answers) == ["duplicate"] * 7 + ["queued"]
    assert await turns(house, artisan.whatsapp_phone or "") == 1
    chat = await house.one("select unread_count from whatsapp_chats where user_id = :id", id=artisan.id)
    assert chat.unread_count == 1


async def test_burst_out_of_order_keeps_provider_times(house, artisan: User, message_from: Make) -> None:
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2)
    payloads = [
        message_from(timestamp=moment(start + timedelta(seconds=second)), message=str(second)) for second in range(12)
    ]
    await asyncio.gather(*(house.webhook(payload) for payload in reversed(payloads)))
    rows = await house.rows(
        "select m.text, c.last_message_at from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id"
        " where m.user_id = :id order by m.sent_at",
        id=artisan.id,
    )
    assert [row.text for row in rows] == [str(second) for second in range(12)]
    assert rows[0].last_message_at.second == 11
    assert await turns(house, artisan.whatsapp_phone or "") == 12


async def test_unknown_account_and_unknown_event_are_kept_and_answered(house, message_from: Make) -> None:
    assert (await house.webhook(message_from(account_id="nobody"))).json() == {"status": "unknown_account"}
    assert (await house.webhook(message_from(event="new_relation"))).json() == {"status": "unknown_event"}
    rows = await house.rows("select outcome from webhook_events order by received_at desc limit 2")
    assert {row.outcome for row in rows} == {"unknown_account", "unknown_event"}


async def test_account_status_is_recorded(house, linked_account: WhatsappAccount) -> None:
    for word, status in (("CREDENTIALS", "disconnected"), ("CONNECTING", "disconnected"), ("OK", "connected")):
        payload = {"AccountStatus": {"account_id": linked_account.provider_account_id, "message": word}}
        assert (await house.webhook(payload)).json() == {"status": "account_status"}
        row = await house.one("select status from whatsapp_accounts where id = :id", id=linked_account.id)
        assert row.status == status
