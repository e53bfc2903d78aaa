"""The account routes over HTTP on a real database, with the assistant's number there to send codes from."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from db.models import WhatsappAccount
from db.session import Database
from db.settings import settings
from tests.opened import opened_rows


class Office:
    """An API process and a client without a sign-in of its own."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, database: Database) -> None:
        self.app, self.http, self.database = app, http, database

    async def call(self, method: str, path: str, bearer: str | None = None, **values: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **values)

    async def login(self, email: str, password: str, code: str | None = None, door: str = "/auth") -> httpx.Response:
        return await self.call("POST", f"{door}/login", json={"email": email, "password": password, "code": code})

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.database.system() as session:
            result = await session.execute(text(statement), values)
            return opened_rows(self.database, result) if result.returns_rows else []

    async def code_sent_to(self, phone: str) -> str:
        """The digits of the last WhatsApp message on its way to a phone."""
        found = await self.rows(
            "select body from outbox where to_phone = :phone order by seq desc limit 1", phone=phone
        )
        match = re.search(r"\b\d{6}\b", found[0].body)
        assert match
        return match[0]


@pytest.fixture
async def office(database: Database, assistant_account: WhatsappAccount) -> AsyncIterator[Office]:
    app = create_app(settings())
    app.state.database = database
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta") as http:
        yield Office(app, http, database)
