"""The second door and the simulated Chatwoot server in one process: webhooks and REST calls go through ASGI."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api import chatwoot_simulator as control
from api.errors import install_error_handlers
from api.webhooks import chatwoot as door
from db.models import User
from db.session import Database
from db.settings import settings
from services.chatwoot.channel import ChatwootChannel
from services.chatwoot.client import ChatwootClient
from services.chatwoot.credentials import SIMULATED_INBOX, WEBHOOK_PATH, Access, access, webhook_secrets
from services.chatwoot.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from services.chatwoot.simulator.app import ChatwootSimulator, attach, bootstrap
from services.chatwoot.simulator.state import Contact, Conversation
from services.messaging.channel import use_channel
from tests.opened import opened_rows


@dataclass
class SharedInbox:
    """An API process with the simulated server, an HTTP client that calls both, and the channel to it."""

    database: Database
    app: FastAPI
    simulator: ChatwootSimulator
    http: httpx.AsyncClient
    channel: ChatwootChannel

    async def webhook(self, payload: Any, *, secret: str | None = None, at: float | None = None) -> httpx.Response:
        """Posts a signed body, as bytes or as JSON."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
        stamp = str(int(at if at is not None else time.time()))
        signature = sign(body, stamp, secret or webhook_secrets(settings())[0])
        headers = {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: signature}
        return await self.http.post(WEBHOOK_PATH, content=body, headers=headers)

    async def rows(self, statement: str, **arguments: Any) -> Sequence[Any]:
        async with self.database.system() as session:
            return opened_rows(self.database, await session.execute(text(statement), arguments))

    async def one(self, statement: str, **arguments: Any) -> Any:
        (row,) = await self.rows(statement, **arguments)
        return row

    async def settled(self) -> None:
        """Waits until every webhook of the simulator was sent."""
        while self.simulator.sender.tasks:
            await self.simulator.sender.idle()

    async def write(self, phone: str, words: str | None, **details: Any) -> dict[str, Any]:
        """A phone writes into the inbox."""
        body = {"from": phone, "text": words, **details}
        answer = (await self.http.post("/simulator/chatwoot/inbound", json=body)).json()
        await self.settled()
        return answer

    async def team(self, action: str, **body: Any) -> dict[str, Any]:
        """The team answers ("agent-reply"), notes ("note") or changes a status ("status")."""
        answer = await self.http.post(f"/simulator/chatwoot/{action}", json=body)
        assert answer.status_code == 200, answer.text
        await self.settled()
        return answer.json()

    async def message(self, message_id: object) -> Any:
        return await self.one(
            "select m.*, c.purpose, c.bot_paused, c.provider_chat_id, exists (select 1 from jobs.procrastinate_jobs j"
            "  where j.task_name = 'turn' and j.lock = 'chat:' || c.id) as turn"
            " from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id where provider_message_id = :id",
            id=str(message_id),
        )

    async def chat(self, phone: str) -> Any:
        return await self.one(
            "select c.* from whatsapp_chats c join whatsapp_accounts a on a.id = c.account_id"
            " where a.provider = 'chatwoot' and c.attendee_phone = :phone",
            phone=phone,
        )

    def shown(self, phone: str) -> list[Any]:
        return self.simulator.network.phones.shown(phone)


def reached() -> Access:
    found = access(settings())
    assert found
    return found


@pytest.fixture
async def shared(database: Database) -> AsyncIterator[SharedInbox]:
    app = FastAPI()
    app.state.database, app.state.settings = database, settings()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    async def post(url: str, headers: Mapping[str, str], content: bytes) -> int:
        return (await http.post(url, headers=dict(headers), content=content)).status_code

    simulator = attach(app, settings(), post=post, bot_wait=0.01)
    async with database.system() as session:
        await bootstrap(session, simulator)
    app.include_router(door.router)
    app.include_router(control.router)
    install_error_handlers(app)
    there = reached()
    client = ChatwootClient(
        there.url, there.account, there.token, bot_token=there.bot_token, transport=httpx.ASGITransport(app)
    )
    channel = ChatwootChannel(client, SIMULATED_INBOX, there.template)
    use_channel(channel, "chatwoot")
    async with http:
        yield SharedInbox(database, app, simulator, http, channel)
    use_channel(None, "chatwoot")
    await client.close()
    await simulator.close()


@pytest.fixture
def conversation_of(shared: SharedInbox) -> Callable[[str], Conversation]:
    """The conversation of a phone, opened an instant ago."""

    def make(phone: str) -> Conversation:
        state = shared.simulator.state
        contact: Contact = state.contact_of_phone(phone) or state.add_contact("Mme Durand", phone)
        conversation = state.add_conversation(state.inboxes[SIMULATED_INBOX], contact, phone.removeprefix("+"))
        conversation.last_incoming_at = datetime.now(UTC)
        return conversation

    return make


@pytest.fixture
def message_from(artisan: User) -> Callable[..., dict[str, Any]]:
    """Makes a body of message_created, of the artisan unless another phone is named."""
    numbers = iter(range(int(time.time() * 1000), 2**52))

    def make(phone: str | None = None, **changes: Any) -> dict[str, Any]:
        number = next(numbers)
        phone = phone or artisan.whatsapp_phone or ""
        person = {"id": int(phone[-8:]), "name": "Mme Durand", "phone_number": phone}
        conversation = {
            "id": int(phone[-8:]) + 1, "inbox_id": SIMULATED_INBOX, "channel": "Channel::Whatsapp", "status": "pending",
            "can_reply": True, "messages": [], "meta": {"sender": {**person, "type": "contact"}},
            "contact_inbox": {"contact_id": person["id"], "source_id": phone.removeprefix("+")},
        }  # fmt: skip
        body = {
            "event": "message_created", "id": number, "content": "Bonjour", "content_type": "text",
            "content_attributes": {}, "message_type": "incoming", "private": False, "sender": person,
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"), "source_id": f"wamid.{number}",
            "account": {"id": reached().account, "name": "Usta"}, "inbox": {"id": SIMULATED_INBOX, "name": "WhatsApp"},
            "conversation": conversation,
        }  # fmt: skip
        conversation.update(changes.pop("conversation", {}))
        return body | changes

    return make
