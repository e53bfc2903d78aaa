"""The simulator's control API: its JSON is a contract with the demo page, evals, benchmarks and outside harnesses."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import pytest

from db.models import User, WhatsappAccount
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage
from services.messaging.simulator.faults import Fault
from services.messaging.simulator.wire import lid_of


async def inbound(house, **body: Any) -> httpx.Response:
    return await house.http.post("/simulator/inbound", json=body)


async def reply(house, account: WhatsappAccount, artisan: User, **values: Any) -> None:
    """Sends to the artisan as the product does."""
    message = OutgoingMessage(
        organization_id=artisan.organization_id, account_id=account.id, to_phone=artisan.whatsapp_phone, **values
    )
    async with house.database.system() as session:
        await enqueue(session, message)
    await house.delivery().drain(account.id, artisan.whatsapp_phone)


async def test_inbound_is_stored_when_it_answers(house, artisan: User) -> None:
    answer = await inbound(house, **{"from": artisan.whatsapp_phone}, text="Bonjour", name="Karim")
    assert answer.status_code == 200 and answer.json().keys() == {"message_id"}
    row = await house.one(
        "select * from whatsapp_messages where provider_message_id = :id", id=answer.json()["message_id"]
    )
    assert (row.text, row.processing_status, row.user_id) == ("Bonjour", "queued", artisan.id)


async def test_inbound_with_its_own_id_and_time_twice_is_one_message(house, artisan: User) -> None:
    body = {
        "from": artisan.whatsapp_phone,
        "text": "ok",
        "message_id": f"own-{artisan.id}",
        "timestamp": "2026-11-20T10:00:00Z",
    }
    for _ in range(2):
        assert (await inbound(house, **body)).json() == {"message_id": body["message_id"]}
    row = await house.one(
        "select sent_at from whatsapp_messages where provider_message_id = :id", id=body["message_id"]
    )
    assert row.sent_at.isoformat() == "2026-11-20T10:00:00+00:00"
    history = (await house.http.get("/simulator/history", params={"phone": artisan.whatsapp_phone})).json()
    assert len(history["messages"]) == 1


async def test_voice_note_can_be_downloaded_through_the_provider(house, artisan: User) -> None:
    audio = base64.b64encode(b"OggS voice").decode()
    answer = await inbound(house, **{"from": artisan.whatsapp_phone}, audio=audio, mimetype="audio/ogg; codecs=opus")
    row = await house.one(
        "select * from whatsapp_messages where provider_message_id = :id", id=answer.json()["message_id"]
    )
    (attachment,) = row.attachments
    assert (row.type, attachment["voice_note"], attachment["mimetype"]) == ("audio", True, "audio/ogg")
    download = await house.channel.download(row.provider_message_id, attachment["id"])
    assert (download.content, download.media_type, download.filename) == (b"OggS voice", "audio/ogg", "voice.ogg")


@pytest.mark.parametrize(
    "body",
    [
        {"from": "+33612345678"},
        {"from": "nobody", "text": "x"},
        {"from": "+33612345678", "audio": "***"},
        {"from": "+33612345678", "text": "x", "surprise": 1},
        {"text": "x"},
    ],
)
async def test_inbound_refuses_nonsense(house, body: dict[str, Any]) -> None:
    answer = await inbound(house, **body)
    assert answer.status_code == 422 and answer.json()["code"] == "VALIDATION"


async def test_inbound_to_a_number_nobody_linked(house, new_phone) -> None:
    answer = await inbound(house, **{"from": new_phone()}, to=new_phone(), text="x")
    assert answer.status_code == 404


async def test_outbound_in_the_agreed_form(house, assistant_account, artisan: User) -> None:
    house.files["k/FACT-2026-0001.pdf"] = b"%PDF-1.7"
    await reply(house, assistant_account, artisan, body="Bonjour")
    await reply(
        house,
        assistant_account,
        artisan,
        kind="document",
        body="Votre facture",
        attachment_key="k/FACT-2026-0001.pdf",
        filename="FACT-2026-0001.pdf",
        media_type="application/pdf",
    )
    first, second = (await house.http.get("/simulator/outbound", params={"to": artisan.whatsapp_phone})).json()[
        "messages"
    ]
    keys = {"seq", "to", "kind", "text", "filename", "media_type", "url", "at"}
    assert first.keys() == second.keys() == keys
    assert (first["kind"], first["text"], first["url"]) == ("text", "Bonjour", None)
    assert (second["kind"], second["filename"], second["media_type"]) == (
        "document",
        "FACT-2026-0001.pdf",
        "application/pdf",
    )
    assert second["seq"] > first["seq"] and second["to"] == artisan.whatsapp_phone
    answer = await house.http.get(second["url"])
    assert answer.content == b"%PDF-1.7" and answer.headers["content-type"] == "application/pdf"
    after = await house.http.get("/simulator/outbound", params={"to": artisan.whatsapp_phone, "after": second["seq"]})
    assert after.json() == {"messages": []}


async def test_outbound_waits_for_what_comes(house, assistant_account, artisan: User) -> None:
    poll = asyncio.create_task(house.http.get("/simulator/outbound", params={"to": artisan.whatsapp_phone, "wait": 20}))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await reply(house, assistant_account, artisan, body="Bonjour")
    assert [message["text"] for message in (await poll).json()["messages"]] == ["Bonjour"]


async def test_plus_of_a_phone_may_be_written_unencoded(house, assistant_account, artisan: User) -> None:
    await reply(house, assistant_account, artisan, body="Bonjour")
    answer = await house.http.get(f"/simulator/outbound?to={artisan.whatsapp_phone}")
    assert len(answer.json()["messages"]) == 1


async def test_state_is_busy_until_message_and_webhooks_are_done(house, artisan: User) -> None:
    parameters = {"phone": artisan.whatsapp_phone}
    assert (await house.http.get("/simulator/state", params=parameters)).json()["idle"] is True
    await inbound(house, **{"from": artisan.whatsapp_phone}, text="Bonjour")
    state = (await house.http.get("/simulator/state", params=parameters)).json()
    assert state["idle"] is False
    keys = {"idle", "conversation_id", "workflow", "current_step", "awaiting", "language", "draft", "documents"}
    assert state.keys() == keys
    with house.simulator.feed.busy(artisan.whatsapp_phone):
        assert house.simulator.feed.is_busy(artisan.whatsapp_phone)


async def test_artisans_sets_the_scene_once(house, new_phone) -> None:
    body = {
        "phone": new_phone(),
        "name": "Mehmet Kaya",
        "company": "Kaya Peinture",
        "language": "tr",
        "clients": [],
        "quotes": [],
    }
    for _ in range(2):
        assert (await house.http.post("/simulator/artisans", json=body)).status_code == 200
    assert (await house.one("select count(*) from users where whatsapp_phone = :phone", phone=body["phone"]))[0] == 1
    answer = await inbound(house, **{"from": body["phone"]}, text="Merhaba")
    row = await house.one(
        "select * from whatsapp_messages where provider_message_id = :id", id=answer.json()["message_id"]
    )
    assert row.processing_status == "queued"


async def test_history_shows_both_directions_and_receipts(house, assistant_account, artisan: User) -> None:
    await inbound(house, **{"from": artisan.whatsapp_phone}, text="Bonjour")
    await reply(house, assistant_account, artisan, body="Que puis-je faire ?")
    await house.settled()
    answer = await house.http.get("/simulator/history", params={"phone": artisan.whatsapp_phone})
    messages = answer.json()["messages"]
    assert [(message["from_me"], message["text"], message["status"]) for message in messages] == [
        (True, "Bonjour", "delivered"),
        (False, "Que puis-je faire ?", "read"),
    ]


async def test_events_stream_messages_typing_and_status(house, assistant_account, artisan: User) -> None:
    from api.simulator import _stream

    phone = artisan.whatsapp_phone or ""
    stream = _stream(house.simulator, phone, house.simulator.feed.last_seq, "http://x")
    assert (await anext(stream)).startswith("retry")
    await inbound(house, **{"from": phone}, text="Bonjour")
    await reply(house, assistant_account, artisan, body="Oui ?")
    names = [(await asyncio.wait_for(anext(stream), 5)).split("event: ")[1].split("\n")[0] for _ in range(4)]
    assert names == ["message", "status", "typing", "message"]
    await stream.aclose()


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("10.0.0.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}),
        ("127.0.0.1", {"Origin": "https://evil.example"}),
        ("127.0.0.1", {"Origin": "http://evil.example:8000", "Host": "evil.example:8000"}),
        ("127.0.0.1", {"Sec-Fetch-Site": "same-origin", "Host": "evil.example"}),
    ],
)
async def test_only_this_machine_and_its_own_pages(house, client: str, headers: dict[str, str]) -> None:
    transport = httpx.ASGITransport(house.app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        assert (await http.get("/simulator/behaviour", headers=headers)).status_code == 403


async def test_switches_of_the_provider(house, artisan: User) -> None:
    answer = await house.http.patch(
        "/simulator/behaviour", json={"duplicates": 1, "out_of_order": 0.5, "lid_senders": True}
    )
    assert answer.json()["duplicates"] == 1
    assert (await house.http.patch("/simulator/behaviour", json={"nonsense": 1})).status_code == 422
    for number in range(6):
        await inbound(house, **{"from": artisan.whatsapp_phone}, text=str(number))
    await house.settled()
    rows = await house.rows(
        "select m.text, c.attendee_provider_id from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id"
        " where m.user_id = :id order by m.sent_at",
        id=artisan.id,
    )
    assert [row.text for row in rows] == [str(number) for number in range(6)]
    assert rows[0].attendee_provider_id == lid_of(artisan.whatsapp_phone or "")


@pytest.mark.parametrize("switches", [{"object_attachments": True}, {"documented_attachment_keys": True}])
async def test_attachment_forms(house, artisan: User, switches: dict[str, bool]) -> None:
    await house.http.patch("/simulator/behaviour", json=switches)
    photo = base64.b64encode(b"\xff\xd8jpeg").decode()
    answer = await inbound(house, **{"from": artisan.whatsapp_phone}, file=photo, mimetype="image/jpeg")
    row = await house.one(
        "select * from whatsapp_messages where provider_message_id = :id", id=answer.json()["message_id"]
    )
    assert row.type == "image" and len(row.attachments) == 1
    download = await house.channel.download(row.provider_message_id, row.attachments[0]["id"])
    assert download.content == b"\xff\xd8jpeg"


async def test_webhook_is_tried_again_until_it_is_taken(house, artisan: User) -> None:
    sender, calls = house.simulator.sender, []
    original = sender._post

    async def flaky(url: str, headers: Any, content: bytes) -> int:
        calls.append(headers)
        return 500 if len(calls) < 3 else await original(url, headers, content)

    sender._post = flaky
    answer = await inbound(house, **{"from": artisan.whatsapp_phone}, text="Bonjour")
    assert answer.status_code == 200 and len(calls) == 3
    assert [name for name, _ in calls[0]] == ["Unipile-Auth"], "no Content-Type unless it was asked for"


async def test_refused_webhook_is_reported(house, artisan: User) -> None:
    async def refuse(url: str, headers: Any, content: bytes) -> int:
        return 500

    house.simulator.sender._post = refuse
    answer = await inbound(house, **{"from": artisan.whatsapp_phone}, text="Bonjour")
    assert answer.status_code == 503


async def test_messages_missed_while_disconnected_come_in_a_burst(
    house, linked_account, artisan: User, new_phone
) -> None:
    house.simulator.state.add_account(artisan.whatsapp_phone, linked_account.provider_account_id, was_connected=True)
    base, customer = f"/simulator/accounts/{linked_account.provider_account_id}", new_phone()
    await house.http.post(f"{base}/disconnect")
    await house.settled()
    status = "select status from whatsapp_accounts where id = :id"
    assert (await house.one(status, id=linked_account.id)).status == "disconnected"
    for number in range(3):
        await inbound(
            house, **{"from": customer}, to=artisan.whatsapp_phone, text=str(number), timestamp="2026-11-01T08:00:00Z"
        )
    stored = "select text, sent_at from whatsapp_messages where account_id = :id"
    assert not await house.rows(stored, id=linked_account.id)
    await house.http.post(f"{base}/scan", json={"phone": artisan.whatsapp_phone})
    await house.settled()
    rows = await house.rows(stored, id=linked_account.id)
    assert sorted(row.text for row in rows) == ["0", "1", "2"] and {row.sent_at.day for row in rows} == {1}
    assert (await house.one(status, id=linked_account.id)).status == "connected"


async def test_group_and_forwarded_messages(house, artisan: User) -> None:
    group = await inbound(house, **{"from": artisan.whatsapp_phone}, text="Facture 900 €", group="Chantier Bron")
    forwarded = await inbound(house, **{"from": artisan.whatsapp_phone}, text="Facture 900 €", forwarded=True)
    statement = """select m.is_forwarded, m.processing_status, c.purpose, c.name from whatsapp_messages m
                   join whatsapp_chats c on c.id = m.chat_id where provider_message_id = :id"""
    row = await house.one(statement, id=group.json()["message_id"])
    assert (row.purpose, row.processing_status, row.name) == ("group", "ignored", "Chantier Bron")
    row = await house.one(statement, id=forwarded.json()["message_id"])
    assert (row.purpose, row.is_forwarded) == ("command", True)


async def test_ordered_faults_can_be_taken_back(house) -> None:
    await house.http.post(
        "/simulator/faults", json={"route": "send_message", "status": 429, "type": "too_many_requests"}
    )
    assert house.simulator.faults.ordered == [Fault(route="send_message", status=429, type="too_many_requests")]
    await house.http.delete("/simulator/faults")
    assert house.simulator.faults.ordered == []
