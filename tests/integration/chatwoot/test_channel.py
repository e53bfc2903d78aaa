"""Sending through the inbox: buttons, files, templates outside the 24 hours, limits, and sends that broke off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.chatwoot.provisioning import EVENTS, provision
from services.chatwoot.simulator.state import Conversation
from services.messaging.channel import Document, Target
from services.messaging.channel_errors import (
    BadApiKey,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
    WindowClosed,
)  # fmt: skip

PDF = Document(b"%PDF-1.7", "DEVIS-2026-0001.pdf", "application/pdf", "Bonjour *Madame*,\nvoici le devis")


def behave(shared: Any, **changes: Any) -> None:
    shared.simulator.state.behaviour = shared.simulator.state.behaviour.model_copy(update=changes)


@pytest.fixture
def target(conversation_of: Callable[[str], Conversation], new_phone) -> Target:
    phone = new_phone()
    return Target("chatwoot:3:7", str(conversation_of(phone).id), phone)


async def test_text_with_buttons_and_markup(shared, target: Target) -> None:
    receipt = await shared.channel.send_text(target, "*Devis* SARL_x\n1 Envoyer  2 Garder", ["Envoyer", "Garder"])
    (shown,) = shared.shown(target.phone)
    assert (shown.text, shown.buttons) == ("*Devis* SARL_x\n1 Envoyer  2 Garder", ["Envoyer", "Garder"])
    assert receipt.message_ref == str(shown.message_id) and receipt.chat_ref == target.chat_ref
    await shared.channel.send_text(target, "Lequel ?", ["a", "b", "c", "d"])
    assert shared.shown(target.phone)[-1].buttons == ["a", "b", "c", "d"]
    await shared.channel.send_text(target, "x" * 1100, ["Envoyer"])
    assert shared.shown(target.phone)[-1].text == "x" * 1100


async def test_files_and_voice(shared, target: Target) -> None:
    await shared.channel.send_document(target, PDF)
    await shared.channel.send_document(target, Document(b"OggS", "r.ogg", "audio/ogg", voice=True))
    first, second = shared.shown(target.phone)
    assert (first.kind, first.text, first.filename) == ("document", "Bonjour *Madame*,\nvoici le devis", PDF.filename)
    assert second.kind == "audio"
    got = await shared.channel.download("1", first.url)
    assert (got.content, got.media_type, got.filename) == (b"%PDF-1.7", "application/pdf", PDF.filename)
    with pytest.raises(Refused):
        await shared.channel.download("1", "http://169.254.169.254/latest/meta-data")
    with pytest.raises(NotFound):
        await shared.channel.download("1", first.url.replace("redirect/", "redirect/no"))
    with pytest.raises(TooLarge):
        await shared.channel.send_document(target, Document(b"x" * (40 * 1024 * 1024 + 1), "a", "a/b"))


async def test_outside_the_window_documents_leave_with_the_template(shared, target: Target) -> None:
    behave(shared, window_closed=True)
    await shared.channel.send_document(target, PDF)
    (shown,) = shared.shown(target.phone)
    assert shown.template == "usta_document" and shown.filename == PDF.filename
    assert "Bonjour *Madame*, voici le devis" in shown.text and "\n" not in shown.text
    with pytest.raises(WindowClosed):
        await shared.channel.send_text(target, "Bonjour")
    shared.channel.template = None
    with pytest.raises(WindowClosed):
        await shared.channel.send_document(target, PDF)


async def test_a_phone_without_conversation_gets_one(shared, new_phone) -> None:
    phone = new_phone()
    target = Target("chatwoot:3:7", None, phone)
    assert await shared.channel.find_recent(target, datetime.now(UTC)) == []
    receipt = await shared.channel.send_document(target, PDF)
    again = await shared.channel.send_document(target, PDF)
    assert receipt.chat_ref == again.chat_ref and len(shared.shown(phone)) == 2
    gone = Target("chatwoot:3:7", "12345", phone)
    assert (await shared.channel.send_document(gone, PDF)).chat_ref == receipt.chat_ref
    with pytest.raises(NotFound):
        await shared.channel.send_text(Target("chatwoot:3:7", "12345"), "x")
    with pytest.raises(Refused):
        await shared.channel.send_text(Target("chatwoot:3:7"), "x")


async def test_a_send_that_broke_off_is_found_again(shared, target: Target) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    behave(shared, failures=1, after_storing=True)
    with pytest.raises(OutcomeUnknown):
        await shared.channel.send_text(target, "*Récapitulatif*\n\n1. Pose")
    (found,) = await shared.channel.find_recent(target, since)
    assert found.text == "*Récapitulatif*\n\n1. Pose" and found.message_ref
    assert len(shared.shown(target.phone)) == 1
    assert await shared.channel.find_recent(target, datetime.now(UTC) + timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, BadApiKey), (404, NotFound), (422, Refused), (429, RateLimited), (503, Unavailable), (502, OutcomeUnknown)],
)
async def test_errors_are_typed(shared, target: Target, status: int, error: type[Exception]) -> None:
    behave(shared, failures=9, failure_status=status)
    with pytest.raises(error):
        await shared.channel.client.create_message(target.chat_ref or "", "x")
    behave(shared, failures=0)


async def test_a_bot_may_call_only_what_is_made_for_bots(shared) -> None:
    shared.channel.client._token = shared.channel.client._bot_token
    with pytest.raises(BadApiKey):
        await shared.channel.client.contact_by_phone("+33600000000")


async def test_set_up_makes_what_is_missing_and_never_twice(shared) -> None:
    state, endpoint = shared.simulator.state, "https://usta.example/webhooks/chatwoot"
    state.webhooks.clear()
    state.bots.clear()
    state.inboxes[7].bot_id = None
    client = shared.channel.client
    client._bot_token = client._token

    async def run() -> Any:
        async with shared.database.system() as session:
            return await provision(session, client, account=3, inbox=7, endpoint=endpoint)

    first = await run()
    assert first.created == ["webhook", "bot", "bot on the inbox"] and len(first.secrets) == 2 and first.bot_token
    again = await run()
    assert again.created == [] and (again.secrets, again.bot_token) == (first.secrets, first.bot_token)
    (webhook,) = state.webhooks.values()
    webhook.subscriptions = ["message_created", "contact_created"]
    assert (await run()).created == ["subscriptions"]
    assert set(webhook.subscriptions) == {*EVENTS, "contact_created"} and len(state.webhooks) == 1
