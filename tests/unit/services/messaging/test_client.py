"""The client of the provider against its simulator, and against answers that only a real provider would give."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.messaging import provider_http, unipile
from services.messaging.channel import Target
from services.messaging.channel_errors import (
    BadApiKey,
    ChannelError,
    Disconnected,
    InvalidRecipient,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from services.messaging.simulator.app import Simulator, create_simulator
from services.messaging.simulator.network import Draft
from services.messaging.unipile import UnipileClient
from services.messaging.unipile_channel import UnipileChannel

PHONE, OWN = "+33612345678", "+33180000000"
WIRE = "33612345678@s.whatsapp.net"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async def post(url: str, headers: Sequence[tuple[str, str]], content: bytes) -> int:
        return 200

    simulator = create_simulator(api_key="key", post=post)
    simulator.state.add_account(OWN, "own", was_connected=True)
    yield simulator
    await simulator.close()


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[UnipileClient]:
    client = UnipileClient("http://provider/api/v1", "key", transport=httpx.ASGITransport(simulator.app))
    yield client
    await client.close()


def raw(simulator: Simulator, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(simulator.app)
    return httpx.AsyncClient(transport=transport, base_url="http://provider/api/v1", headers=headers)


async def test_linking_by_qr_code(simulator: Simulator, client: UnipileClient) -> None:
    checkpoint = await client.create_account()
    assert checkpoint["object"] == "Checkpoint" and checkpoint["checkpoint"]["qrcode"].startswith("2@")
    account_id = checkpoint["account_id"]
    assert (await client.get_account(account_id))["sources"][0]["status"] == "CONNECTING"
    simulator.network.connect(simulator.state.accounts[account_id], PHONE, None)
    account = await client.get_account(account_id)
    assert account["sources"][0]["status"] == "OK"
    assert account["connection_params"]["im"]["phone_number"] == "33612345678"
    assert (await client.reconnect_account(account_id))["object"] == "AccountReconnected"
    assert {account["id"] async for account in client.list_accounts()} == {"own", account_id}
    await client.delete_account(account_id)
    with pytest.raises(NotFound):
        await client.get_account(account_id)


async def test_qr_code_expires(simulator: Simulator, client: UnipileClient) -> None:
    simulator.state.behaviour.qr_seconds = 0.01
    account_id = (await client.create_account())["account_id"]
    await asyncio.sleep(0.02)
    with pytest.raises(NotFound):
        await client.get_account(account_id)


async def test_reconnecting_needs_the_same_number(simulator: Simulator, client: UnipileClient) -> None:
    account = simulator.state.accounts["own"]
    simulator.network.disconnect(account)
    assert (await client.reconnect_account("own"))["checkpoint"]["type"] == "QRCODE"
    with pytest.raises(Exception, match="account_mismatch"):
        simulator.network.connect(account, PHONE, None)


async def test_hosted_link(client: UnipileClient) -> None:
    expires = datetime.now(UTC) + timedelta(hours=1)
    assert (await client.hosted_link(api_url="https://x", expires_on=expires, name="t")).startswith("https://")
    assert await client.hosted_link(api_url="https://x", expires_on=expires, reconnect_account="own")


async def test_pages_are_followed_to_the_end(simulator: Simulator, client: UnipileClient) -> None:
    for number in range(7):
        await simulator.network.from_phone(Draft(PHONE, OWN, str(number)))
    chats = [chat async for chat in client.list_chats("own")]
    assert [chat["attendee_provider_id"] for chat in chats] == [WIRE] and chats[0]["unread_count"] == 7
    texts = [message["text"] async for message in client.list_messages(chats[0]["id"], limit=3)]
    assert texts == ["6", "5", "4", "3", "2", "1", "0"]
    assert len([message async for message in client.list_account_messages("own", limit=2)]) == 7
    await client.mark_chat_read(chats[0]["id"])
    assert (await client.get_chat(chats[0]["id"]))["unread_count"] == 0
    assert {person["is_self"] for person in await client.chat_attendees(chats[0]["id"])} == {0, 1}
    assert await client.sync_chat(chats[0]["id"]) == "SYNC_DONE"


async def test_after_is_exclusive(simulator: Simulator, client: UnipileClient) -> None:
    for second in range(3):
        at = datetime(2026, 11, 20, 8, 0, second, tzinfo=UTC)
        await simulator.network.from_phone(Draft(PHONE, OWN, str(second), sent_at=at))
    (chat,) = [chat async for chat in client.list_chats("own")]
    after = datetime(2026, 11, 20, 8, 0, 1, tzinfo=UTC)
    assert [message["text"] async for message in client.list_messages(chat["id"], after=after)] == ["2"]


@pytest.mark.parametrize(
    ("query", "type_"),
    [
        ("limit=251", "limit_too_high"),
        ("limit=x", "invalid_parameters"),
        ("after=2026-11-20T08:00:00%2B00:00", "invalid_parameters"),
        ("after=2026-11-20T08:00:00Z", "invalid_parameters"),
        ("cursor=%21", "invalid_parameters"),
        ("cursor=e30=&after=2026-11-20T08:00:00.000Z", "invalid_parameters"),
    ],
)
async def test_parameters_are_checked(simulator: Simulator, query: str, type_: str) -> None:
    async with raw(simulator, **{"X-API-KEY": "key"}) as http:
        answer = await http.get(f"/chats?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, f"errors/{type_}")


async def test_keys_are_checked(simulator: Simulator) -> None:
    async with raw(simulator) as http:
        assert (await http.get("/accounts")).json()["type"] == "errors/missing_credentials"
    wrong = UnipileClient("http://provider/api/v1", "wrong", transport=httpx.ASGITransport(simulator.app))
    with pytest.raises(BadApiKey):
        await wrong.get_account("own")
    await wrong.close()


async def test_messages_are_multipart_only(simulator: Simulator) -> None:
    chat = simulator.state.chat_with(simulator.state.accounts["own"], PHONE)
    async with raw(simulator, **{"X-API-KEY": "key"}) as http:
        answer = await http.post(f"/chats/{chat.id}/messages", json={"text": "x"})
    assert answer.status_code == 415


async def test_send_start_and_quote(simulator: Simulator, client: UnipileClient) -> None:
    chat_id, first = await client.start_chat("own", WIRE, text="Bonjour")
    assert chat_id and first
    again, _ = await client.start_chat("own", WIRE, text="encore")
    assert again == chat_id, "an existing chat is used again"
    second = await client.send_message(
        chat_id,
        "own",
        text="Voici",
        attachments=[("devis.pdf", b"%PDF", "application/pdf")],
        quote_id=first,
        typing_ms=5,
    )
    message = await client.get_message(second or "")
    assert message["attachments"][0]["file_name"] == "devis.pdf" and message["quoted"]["text"] == "Bonjour"
    content, media_type, disposition = await client.download(second or "", message["attachments"][0]["id"])
    assert (content, media_type) == (b"%PDF", "application/pdf") and "devis.pdf" in disposition
    voice = await client.send_message(chat_id, "own", voice=("v.m4a", b"m4a", "audio/mp4"))
    assert (await client.get_message(voice or ""))["attachments"][0]["voice_note"] is True


async def test_refusals_of_sends(simulator: Simulator, client: UnipileClient) -> None:
    simulator.state.behaviour.invalid_recipients = [PHONE]
    with pytest.raises(InvalidRecipient):
        await client.start_chat("own", WIRE, text="x")
    with pytest.raises(InvalidRecipient):
        await client.start_chat("own", "160512172130375@lid", text="x")
    with pytest.raises(NotFound):
        await client.send_message("nowhere", "own", text="x")
    with pytest.raises(TooLarge):
        await client.start_chat("own", WIRE, attachments=[("a", b"x" * (unipile.MAXIMUM_FILE_BYTES + 1), "a/b")])
    simulator.network.disconnect(simulator.state.accounts["own"])
    with pytest.raises(Disconnected):
        await client.start_chat("own", "33699999999@s.whatsapp.net", text="x")


async def test_missing_answers_of_start_chat_are_looked_up(
    simulator: Simulator, client: UnipileClient, monkeypatch
) -> None:
    async def silent(*arguments: Any, **values: Any) -> tuple[None, None]:
        await UnipileClient.start_chat(client, *arguments, **values)
        return None, None

    monkeypatch.setattr(client, "start_chat", silent)
    receipt = await UnipileChannel(client).send_text(Target("own", phone=PHONE), "Bonjour")
    assert receipt.chat_ref == simulator.state.chat_with(simulator.state.accounts["own"], PHONE).id


async def test_webhooks_are_managed(simulator: Simulator, client: UnipileClient) -> None:
    webhook_id = await client.create_webhook("https://x/hook", source="messaging", header="Unipile-Auth", secret="s")
    (webhook,) = await client.list_webhooks()
    assert webhook["id"] == webhook_id and {"key": "Unipile-Auth", "value": "s"} in webhook["headers"]
    await client.delete_webhook(webhook_id)
    assert await client.list_webhooks() == []


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(401, {"type": "errors/missing_credentials"}), BadApiKey),
        (answer(401, {"type": "errors/disconnected_account"}), Disconnected),
        (answer(401, {"type": "errors/expired_credentials"}), Disconnected),
        (answer(401, {}), Disconnected),
        (answer(401, {"type": "errors/wrong_account"}), Refused),
        (answer(403, {"type": "errors/account_restricted"}), Disconnected),
        (answer(404, {"type": "errors/resource_not_found"}), NotFound),
        (answer(400, {"type": "errors/content_too_large"}), TooLarge),
        (answer(400, {"type": "errors/too_many_characters"}), Refused),
        (answer(415, {"type": "errors/unsupported_media_type"}), Refused),
        (answer(422, {"type": "errors/invalid_recipient"}), InvalidRecipient),
        (answer(422, {"type": "errors/unprocessable_entity"}), Refused),
        (answer(422, {"type": "errors/provider_unreachable"}), OutcomeUnknown),
        (answer(429, {"type": "errors/too_many_requests"}), RateLimited),
        (answer(500, {"type": "errors/provider_error"}), OutcomeUnknown),
        (answer(501, None), Refused),
        (answer(502, "bad gateway"), OutcomeUnknown),
        (answer(503, {"type": "errors/no_client_session"}), Unavailable),
        (answer(504, {"type": "errors/request_timeout"}), OutcomeUnknown),
        (httpx.Response(500, content=b"<html>"), OutcomeUnknown),
    ],
)
def test_errors_by_type_then_status(response: httpx.Response, error: type[ChannelError]) -> None:
    assert type(unipile.error_of(response)) is error


def test_retry_after_is_read() -> None:
    error = unipile.error_of(answer(429, {}, **{"Retry-After": "7"}))
    assert isinstance(error, RateLimited) and error.retry_after == 7


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("x"), Unavailable),
        (httpx.ConnectTimeout("x"), Unavailable),
        (httpx.PoolTimeout("x"), Unavailable),
        (httpx.ReadTimeout("x"), OutcomeUnknown),
        (httpx.WriteError("x"), OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), OutcomeUnknown),
    ],
)
async def test_sends_are_never_repeated_and_reads_are(
    monkeypatch, failure: Exception, error: type[ChannelError]
) -> None:
    calls: list[str] = []

    def fail(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        raise failure

    monkeypatch.setattr(provider_http, "READ_WAIT", 0)
    client = UnipileClient("http://provider/api/v1", "key", transport=httpx.MockTransport(fail))
    with pytest.raises(error):
        await client.send_message("c", "a", text="x")
    with pytest.raises(error):
        await client.get_chat("c")
    assert calls == ["POST", "GET", "GET", "GET"]
    await client.close()
