"""The pace of a number over HTTP: what holds, an admin's own figures, nonsense refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from db.models import WhatsappAccount
from db.session import Database
from db.settings import settings


@pytest.fixture
async def admin(database: Database, admin_headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings())
    app.state.database = database
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=admin_headers) as client:
        yield client


def path(account: Any) -> str:
    return f"/api/v1/whatsapp/sessions/{account}/pace"


async def test_table_holds_until_an_admin_decides_otherwise(
    admin: httpx.AsyncClient, linked_account: WhatsappAccount
) -> None:
    found = (await admin.get(path(linked_account.id))).json()
    assert (found["shortest_gap"], found["longest_gap"], found["daily_limit"], found["sent_today"]) == (10, 20, 200, 0)
    assert set(found["own"].values()) == {None}
    answer = await admin.put(path(linked_account.id), json={"daily_limit": 500, "shortest_gap": 30})
    assert answer.status_code == 200
    found = (await admin.get(path(linked_account.id))).json()
    assert (found["shortest_gap"], found["longest_gap"], found["daily_limit"], found["daily_new_limit"]) == (
        30,
        30,
        500,
        15,
    )
    await admin.put(path(linked_account.id), json={})
    assert (await admin.get(path(linked_account.id))).json()["daily_limit"] == 200


@pytest.mark.parametrize(
    "body", [{"daily_limit": -1}, {"shortest_gap": 9, "longest_gap": 3}, {"longest_gap": 3}, {"gap": 1}]
)
async def test_nonsense_is_refused(
    admin: httpx.AsyncClient, linked_account: WhatsappAccount, body: dict[str, Any]
) -> None:
    assert (await admin.put(path(linked_account.id), json=body)).status_code == 422


async def test_unknown_number_and_missing_token(admin: httpx.AsyncClient, linked_account: WhatsappAccount) -> None:
    assert (await admin.get(path(uuid4()))).status_code == 404
    assert (await admin.put(path(uuid4()), json={})).status_code == 404
    assert (await admin.get(path(linked_account.id), headers={"Authorization": ""})).status_code == 401
