"""A company whose office works over HTTP: members signed in with different roles, and a client to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from db.models import Organization
from db.session import Database
from db.settings import settings
from services.clients import service as clients
from services.clients.schemas import ClientFields
from services.identity.permissions import Role
from tests.office import member_headers

LINES = [
    {"description": "Dépose de carrelage", "quantity": "10", "unit": "m²", "unit_price": "20"},
    {"description": "Pose de carrelage", "quantity": "10", "unit": "m²", "unit_price": "45.50"},
]


@dataclass
class Firm:
    """The office at its HTTP client; ``root`` is the company's path."""

    http: httpx.AsyncClient
    database: Database
    organization: Organization
    client_id: UUID

    @property
    def root(self) -> str:
        return f"/api/v1/organizations/{self.organization.id}"

    async def call(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        """Calls a path behind the company's, asserts the status, and returns the answer's JSON."""
        answer = await self.http.request(method, f"{self.root}{path}", **request)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def draft(self, shelf: str = "quotes", **facts: Any) -> dict[str, Any]:
        """A draft of 655.00 € excl. VAT for the client, ready to be issued."""
        body = {"client_id": str(self.client_id), "lines": LINES, **facts}
        found: dict[str, Any] = await self.call("POST", f"/{shelf}", 201, json=body)
        return found

    async def issue(self, shelf: str, document: dict[str, Any], status: int = 200) -> Any:
        """Says back what was read."""
        word = {"version": document["version"], "recap": document["recap"]}
        return await self.call("POST", f"/{shelf}/{document['id']}/issue", status, json=word)

    async def sign_in(self, role: Role) -> None:
        """From here on a member with this role calls."""
        self.http.headers.update(await member_headers(self.database, self.organization.id, role))


@cache
def office_app() -> FastAPI:
    """One application for all tests: each gives it its database."""
    return create_app(settings())


@pytest.fixture
async def firm(database: Database, organization: Organization, new_phone: Callable[[], str]) -> AsyncIterator[Firm]:
    app = office_app()
    app.state.database = database
    async with database.tenant(organization.id) as session:
        fields = ClientFields(name="Garance", title="Mme", address="3 rue Pasteur, 69003 Lyon", phone=new_phone())
        client = await clients.create(session, organization.id, fields, created_by=None)
        await session.flush()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta.test") as http:
        firm = Firm(http, database, organization, client.id)
        await firm.sign_in("MANAGER")
        yield firm
