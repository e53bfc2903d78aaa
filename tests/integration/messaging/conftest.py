"""The door and the simulated provider in one process, without sockets: webhooks and REST calls go through ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api import simulator as control
from api import simulator_accounts as account_control
from api.errors import install_error_handlers
from api.webhooks import unipile as door
from api.webhooks import unipile_accounts as account_door
from db.models import User, WhatsappAccount
from db.session import Database
from db.settings import settings
from services.messaging.credentials import SIMULATOR_PATH, api_key, webhook_secret
from services.messaging.delivery import Delivery
from services.messaging.moments import moment
from services.messaging.simulator.app import Simulator, attach
from services.messaging.unipile import UnipileClient
from services.messaging.unipile_channel import UnipileChannel
from tests.opened import opened_rows

WEBHOOKS = "/webhooks/unipile/messages"


def client_of(app: FastAPI, key: str) -> UnipileClient:
    """The product's client of the simulated provider that an application carries."""
    return UnipileClient(f"http://127.0.0.1:8000{SIMULATOR_PATH}/api/v1", key, transport=httpx.ASGITransport(app))


@dataclass
class House:
    """An API process with its simulator, and an HTTP client that calls both."""

    database: Database
    app: FastAPI
    simulator: Simulator
    http: httpx.AsyncClient
    channel: UnipileChannel
    files: dict[str, bytes]

    @property
    def secret(self) -> dict[str, str]:
        secret = webhook_secret(settings())
        assert secret
        return {settings().unipile_webhook_header: secret.decode()}

    async def webhook(self, payload: Any, **headers: str) -> httpx.Response:
        return await self.http.post(WEBHOOKS, json=payload, headers=self.secret | headers)

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

    def delivery(self, **values: Any) -> Delivery:
        async def read_file(key: str) -> bytes:
            return self.files[key]

        channel = values.pop("channel", self.channel)
        return Delivery(self.database, lambda _: channel, read_file, **{"pace": 0.0, **values})


@pytest.fixture
async def house(database: Database, assistant_account: WhatsappAccount) -> AsyncIterator[House]:
    app = FastAPI()
    app.state.database, app.state.settings = database, settings()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    async def post(url: str, headers: Sequence[tuple[str, str]], content: bytes) -> int:
        return (await http.post(url, headers=list(headers), content=content)).status_code

    simulator = attach(app, settings(), post=post, retry_delays=(0.01, 0.01, 0.01, 0.01, 0.01))
    for module in (door, account_door, control, account_control):
        app.include_router(module.router)
    install_error_handlers(app)
    client = client_of(app, api_key(settings()))
    async with http:
        yield House(database, app, simulator, http, UnipileChannel(client), {})
    await client.close()
    await simulator.close()


@pytest.fixture
def message_from(artisan: User) -> Callable[..., dict[str, Any]]:
    """Makes a webhook payload as captured from the real provider: a text from ``phone`` to the assistant."""
    counter = iter(range(10_000))

    def make(phone: str | None = None, **changes: Any) -> dict[str, Any]:
        phone = phone or artisan.whatsapp_phone or ""
        wire_id = f"{phone.removeprefix('+')}@s.whatsapp.net"
        payload = {
            "event": "message_received",
            "webhook_name": "prod",
            "account_id": "sim-assistant",
            "account_type": "WHATSAPP",
            "account_info": {"type": "WHATSAPP", "user_id": "33180000000@s.whatsapp.net"},
            "chat_id": f"chat-{phone}",
            "provider_chat_id": wire_id,
            "message_id": f"{phone}-{next(counter)}",
            "provider_message_id": "3EB0C767D0",
            "timestamp": moment(datetime.now(UTC)),
            "message": "Bonjour, un devis svp",
            "message_type": "MESSAGE",
            "subject": None,
            "is_sender": False,
            "is_group": False,
            "is_event": 0,
            "folder": ["INBOX"],
            "quoted": None,
            "sender": {
                "attendee_id": f"att-{phone}",
                "attendee_name": "Karim",
                "attendee_provider_id": wire_id,
                "attendee_public_identifier": wire_id,
                "attendee_specifics": {"provider": "WHATSAPP", "phone_number": phone},
            },
            "attendees": [],
            "attachments": [],
        }
        return payload | changes

    return make
