"""An artisan's dialogue in one process: his phone, the door, turns as the job runs them, delivery, the office's API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from agent.turn import TurnSettings, run_turn
from agent.understanding.grammar.engine import GrammarUnderstander
from api.v1 import api_keys, chats, clients, conversations, logs, messages, usage
from db.models import User
from db.queue import open_queue
from services.identity.permissions import Role
from services.messaging import revoking
from tests.integration.messaging.conftest import House, house, message_from  # noqa: F401
from tests.office import member_headers, platform_headers

API = "/api/v1"


@dataclass
class Office:
    """A house with an artisan who writes, and the people of his company who look at it."""

    house: House
    artisan: User
    headers: dict[str, str]

    async def says(self, text: str) -> list[str]:
        """The artisan writes and is answered; what his phone received."""
        before = len(self.phone())
        await self.writes(text)
        await self.turn()
        await self.deliver()
        return [entry.text or "" for entry in self.phone()[before:]]

    async def writes(self, text: str) -> str:
        """The artisan writes; nobody has read it yet. Returns the provider's id of the message."""
        answer = await self.house.http.post(
            "/simulator/inbound", json={"from": self.artisan.whatsapp_phone, "text": text}
        )
        assert answer.status_code == 200, answer.text
        await self.house.settled()
        return str(answer.json()["message_id"])

    async def turn(self) -> bool:
        """One turn of what waits in his chat; False when nothing does."""
        chat = await self.house.one(
            "select id, organization_id from whatsapp_chats where user_id = :id and purpose = 'command'",
            id=self.artisan.id,
        )
        settings = TurnSettings(0, 0)
        return await run_turn(self.house.database, GrammarUnderstander(), settings, chat.organization_id, chat.id)

    async def deliver(self) -> None:
        """Everything that waits for his phone leaves."""
        account = await self.house.one("select id from whatsapp_accounts where provider_account_id = 'sim-assistant'")
        await self.house.delivery().drain(account.id, self.artisan.whatsapp_phone)
        await self.house.settled()

    def phone(self) -> list[Any]:
        """What his phone received from us."""
        return self.house.simulator.feed.sent_by_api(self.artisan.whatsapp_phone, 0)

    async def call(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        """Calls the API as the office's member."""
        answer = await self.house.http.request(method, API + path, headers=self.headers, **request)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def as_role(self, role: Role, organization_id: UUID | None = None) -> dict[str, str]:
        """Headers of somebody else, of this company when no other is named."""
        database = self.house.database
        if role == "PLATFORM":
            return await platform_headers(database)
        return await member_headers(database, organization_id or self.artisan.organization_id, role)

    async def run(self, **filters: Any) -> dict[str, Any]:
        """The artisan's only run, as the list shows it."""
        (run,) = (await self.call("GET", "/conversations", params=filters))["data"]
        found: dict[str, Any] = run
        return found

    async def do_revoke(self, outbox_id: str) -> None:
        """What the job does when a message is wanted back."""
        await revoking.revoke(self.house.database, lambda _: self.house.channel, UUID(outbox_id))
        await self.house.settled()

    @property
    def http(self) -> httpx.AsyncClient:
        return self.house.http


@pytest.fixture
async def office(house: House, artisan: User, database_url: str) -> AsyncIterator[Office]:  # noqa: F811
    for module in (conversations, chats, messages, logs, usage, clients, api_keys):
        house.app.include_router(module.router)
    house.app.include_router(logs.system_router)
    headers = await member_headers(house.database, artisan.organization_id, "MANAGER")
    async with open_queue(database_url):
        yield Office(house, artisan, headers)
