"""POST /webhooks/chatwoot: who may enter, what is kept, who gives orders, what is answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.webhooks.bodies import MAXIMUM_BODY
from db.models import User
from services.chatwoot import inbox
from services.chatwoot.credentials import WEBHOOK_PATH, webhook_secrets
from services.chatwoot.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE_SECONDS, sign

Make = Callable[..., dict[str, Any]]
ORDER = "Fais une facture de 10 000 € et envoie-la"


async def events(shared: Any) -> int:
    return int((await shared.one("select count(*) from webhook_events"))[0])


async def turns(shared: Any, phone: str) -> int:
    statement = """select count(*) from jobs.procrastinate_jobs j join whatsapp_chats c on j.lock = 'chat:' || c.id
                    where j.task_name = 'turn' and c.attendee_phone = :phone"""
    return int((await shared.one(statement, phone=phone))[0])


async def test_message_of_an_artisan_is_stored_and_calls_for_a_turn(shared, artisan: User, message_from: Make) -> None:
    payload = message_from(content="  Devis pour Mme Petit  ")
    answer = await shared.webhook(payload)
    assert (answer.status_code, answer.json()) == (200, {"status": "queued"})
    row = await shared.message(payload["id"])
    assert (row.direction, row.processing_status, row.purpose, row.turn) == ("inbound", "queued", "command", True)
    assert (row.organization_id, row.user_id) == (artisan.organization_id, artisan.id)
    assert row.text == "  Devis pour Mme Petit  " and row.sent_at == datetime.fromisoformat(payload["created_at"])
    (kept, *_) = await shared.rows("select source, outcome from webhook_events order by received_at desc limit 1")
    assert tuple(kept) == ("chatwoot", "queued")


async def test_each_of_the_secrets_signs_and_nothing_else_does(shared, message_from: Make) -> None:
    for secret in webhook_secrets(shared.app.state.settings):
        assert (await shared.webhook(message_from(), secret=secret)).status_code == 200
    before = await events(shared)
    assert (await shared.webhook(message_from(), secret="another")).status_code == 401
    old, early = time.time() - TOLERANCE_SECONDS - 5, time.time() + TOLERANCE_SECONDS + 5
    assert (await shared.webhook(message_from(), at=old)).status_code == 401
    assert (await shared.webhook(message_from(), at=early)).status_code == 401
    stamp, secret = str(int(time.time())), webhook_secrets(shared.app.state.settings)[0]
    for signature in ("", "é", "sha256=", sign(b"another body", stamp, secret), sign(b"{}", "1", secret)):
        headers = {SIGNATURE_HEADER.encode(): signature.encode("latin-1"), TIMESTAMP_HEADER.encode(): stamp.encode()}
        assert (await shared.http.post(WEBHOOK_PATH, content=b"{}", headers=headers)).status_code == 401
    assert (await shared.http.post(WEBHOOK_PATH, json=message_from())).status_code == 401
    assert await events(shared) == before


async def test_unsigned_webhooks_are_taken_at_the_secret_address_only(shared, message_from: Make) -> None:
    assert (await shared.http.post(f"{WEBHOOK_PATH}/anything", json=message_from())).status_code == 401
    settings = shared.app.state.settings.model_copy(update={"chatwoot_path_secret": SecretStr("a-long-path-secret")})
    shared.app.state.settings = settings
    assert (await shared.http.post(f"{WEBHOOK_PATH}/a-long-path-secre", json=message_from())).status_code == 401
    answer = await shared.http.post(f"{WEBHOOK_PATH}/a-long-path-secret", json=message_from())
    assert answer.json() == {"status": "queued"}
    answer = await shared.http.post(f"{WEBHOOK_PATH}/a-long-path-secret", content=b"x" * (MAXIMUM_BODY + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"\xff\xfe{", "body"),
        (b"", "body"),
        (b"[1]", "body"),
        (b"[" * 100_000, "body"),
        (b'{"event":"message_created","id":1}', "conversation.id"),
        (b'{"event":"message_created","id":"x","conversation":7}', "id"),
        (b'{"event":"conversation_status_changed","id":4}', "conversation"),
    ],
)
async def test_unreadable_bodies_are_kept_byte_for_byte(shared, body: bytes, field: str) -> None:
    answer = await shared.webhook(body)
    assert answer.status_code == 422
    assert field in [detail["field"] for detail in answer.json()["details"]]
    (kept, *_) = await shared.rows("select body, outcome from webhook_events order by received_at desc limit 1")
    assert (bytes(kept.body), kept.outcome) == (body, "unreadable")


async def test_a_failure_of_ours_keeps_the_body(shared, message_from: Make, monkeypatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(inbox, "_message", broken)
    answer = await shared.webhook(message_from())
    assert answer.status_code == 500 and "boom" not in answer.text
    (kept, *_) = await shared.rows(
        "select source, outcome, error from webhook_events order by received_at desc limit 1"
    )
    assert (kept.source, kept.outcome) == ("chatwoot", "error") and "boom" in kept.error


async def test_database_away_is_503(shared, message_from: Make, monkeypatch) -> None:
    async def away(*_: Any) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(inbox, "receive", away)
    assert (await shared.webhook(message_from())).status_code == 503


async def test_duplicates_create_and_answer_nothing(shared, artisan: User, message_from: Make) -> None:
    """The account's webhook and the bot's tell the same message; a bot's is repeated besides."""
    payload = message_from()
    answers = await asyncio.gather(*(shared.webhook(payload) for _ in range(8)))
    assert sorted(answer.json()["status"] for answer in answers) == ["duplicate"] * 7 + ["queued"]
    assert await turns(shared, artisan.whatsapp_phone or "") == 1


async def test_an_update_that_overtakes_its_message_is_taken_for_it(shared, message_from: Make) -> None:
    payload = message_from(content="Devis pour Mme Petit")
    assert (await shared.webhook(payload | {"event": "message_updated"})).json() == {"status": "queued"}
    assert (await shared.webhook(payload)).json() == {"status": "duplicate"}
    assert (await shared.webhook(payload | {"event": "message_updated"})).json() == {"status": "duplicate"}
    changed = payload | {"event": "message_updated", "content": "Devis pour Mme Petite"}
    assert (await shared.webhook(changed)).json() == {"status": "edited"}
    assert (await shared.message(payload["id"])).text == "Devis pour Mme Petite"
    gone = payload | {"event": "message_updated", "content_attributes": {"deleted": True}}
    assert (await shared.webhook(gone)).json() == {"status": "deleted"}
    assert (await shared.message(payload["id"])).processing_status == "ignored"


@pytest.mark.parametrize(
    "change",
    [
        {"message_type": "outgoing", "sender": {"id": 11, "name": "Équipe", "type": "user"}},
        {"message_type": "outgoing", "sender": {"id": 1, "name": "Usta", "type": "agent_bot"}},
        {"message_type": "template"},
        {"message_type": "outgoing", "private": True, "sender": {"id": 11, "type": "user"}},
        {"message_type": "incoming", "private": True},
        {"message_type": "activity"},
        {"message_type": 7},
    ],
)
async def test_only_what_a_contact_writes_gives_orders(
    shared, artisan: User, message_from: Make, change: dict[str, Any]
) -> None:
    """The team, our own words and the server's are kept and never acted on (C01)."""
    await shared.webhook(message_from(content="Bonjour"))
    before = await turns(shared, artisan.whatsapp_phone or "")
    assert (await shared.webhook(message_from(content=ORDER) | change)).status_code == 200
    assert await turns(shared, artisan.whatsapp_phone or "") == before


async def test_a_stranger_is_kept_without_a_turn(shared, message_from: Make, new_phone) -> None:
    payload = message_from(new_phone(), content=ORDER)
    assert (await shared.webhook(payload)).json() == {"status": "stored"}
    row = await shared.message(payload["id"])
    assert (row.purpose, row.processing_status, row.turn, row.organization_id) == ("unknown", "ignored", False, None)


@pytest.mark.parametrize("change", ["phone_verified_at = null", "is_active = false"])
async def test_an_artisan_who_is_not_verified_or_not_active(shared, artisan: User, message_from: Make, change) -> None:
    async with shared.database.system() as session:
        await session.execute(text(f"update users set {change} where id = :id"), {"id": artisan.id})
    payload = message_from(content=ORDER)
    await shared.webhook(payload)
    assert not (await shared.message(payload["id"])).turn


@pytest.mark.parametrize(
    ("channel", "source"),
    [("Channel::WebWidget", None), ("Channel::Api", "33600000000"), ("Channel::Email", "a@b.fr"),
     ("Channel::TwilioSms", "+33600000000"), (None, "33600000000")],
)  # fmt: skip
async def test_a_phone_that_only_the_card_tells_gives_no_orders(
    shared, artisan: User, message_from: Make, channel: str | None, source: str | None
) -> None:
    """Whoever fills a form on a web page may claim the artisan's number: WhatsApp has not seen it."""
    source = source.replace("33600000000", (artisan.whatsapp_phone or "")[1:]) if source else "visitor"
    inbox_of = {"channel": channel, "contact_inbox": {"contact_id": 4711, "source_id": source}, "id": 4711}
    payload = message_from(content=ORDER, conversation=inbox_of)
    assert (await shared.webhook(payload)).json() == {"status": "stored"}
    row = await shared.message(payload["id"])
    assert not row.turn and row.organization_id is None
    contact = await shared.one("select * from channel_contacts where contact_ref = 'contact:4711'")
    assert (contact.status, contact.phone, contact.told_phone) == ("unmapped", None, artisan.whatsapp_phone)


async def test_whatsapp_through_twilio_is_vouched_for(shared, artisan: User, message_from: Make) -> None:
    source = {"contact_id": 9, "source_id": f"whatsapp:{artisan.whatsapp_phone}"}
    payload = message_from(conversation={"channel": "Channel::TwilioSms", "contact_inbox": source})
    assert (await shared.webhook(payload)).json() == {"status": "queued"}


async def test_an_inbox_that_is_not_ours_and_other_events_are_kept(shared, message_from: Make) -> None:
    assert (await shared.webhook(message_from(inbox={"id": 99}))).json() == {"status": "unknown_account"}
    assert (await shared.webhook({"event": "contact_updated", "id": 3})).json() == {"status": "unknown_event"}
    assert (await shared.webhook({"event": None})).json() == {"status": "unknown_event"}


async def test_files_places_and_cards(shared, message_from: Make) -> None:
    url = "https://chat.example/rails/active_storage/blobs/redirect/k/note.oga"
    voice = {"id": 1, "file_type": "audio", "content_type": "audio/ogg", "data_url": url, "file_size": 24513}
    payload = message_from(content=None, attachments=[voice])
    assert (await shared.webhook(payload)).json() == {"status": "queued"}
    row = await shared.message(payload["id"])
    (attachment,) = row.attachments
    assert row.type == "audio" and (attachment["id"], attachment["voice_note"]) == (url, True)
    place = {"id": 2, "file_type": "location", "coordinates_lat": 45.76, "coordinates_long": 4.83}
    payload = message_from(content=None, attachments=[place])
    await shared.webhook(payload)
    row = await shared.message(payload["id"])
    assert row.type == "location" and row.details["location"]["latitude"] == 45.76 and row.attachments == []


async def test_odd_fields_lose_nothing(shared, artisan: User, message_from: Make) -> None:
    payload = message_from(
        content="a\x00b \ud800", attachments={"id": 1}, content_attributes=None, created_at=10**20, sender=[],
        additional_attributes=3,
    )  # fmt: skip
    answer = await shared.webhook(json.dumps(payload).encode())
    assert answer.json() == {"status": "queued"}
    assert (await shared.message(payload["id"])).text == "ab \ufffd"
