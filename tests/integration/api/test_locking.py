"""Whoever changes what somebody else has changed meanwhile is told so: members, companies, their profile (R271)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from db.models import Organization
from db.session import Database
from tests.office import new_member, platform_headers


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app()
    app.state.database = database
    headers = await platform_headers(database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("what", "first", "second"),
    [
        ("", {"name": "KB & Fils"}, {"name": "KB SARL"}),
        ("/profile", {"city": "Vienne"}, {"city": "Paris"}),
        ("/users/{user}", {"first_name": "Ali"}, {"first_name": "Veli"}),
    ],
)
async def test_the_second_change_of_the_same_state_is_refused(
    http: httpx.AsyncClient, database: Database, organization: Organization, what: str, first: dict, second: dict
) -> None:
    member = await new_member(database, organization.id, "AGENT")
    path = f"/api/v1/organizations/{organization.id}{what.format(user=member.id)}"
    seen = (await http.get(path)).headers["ETag"]
    done = await http.patch(path, json=first, headers={"If-Match": seen})
    assert done.status_code == 200, done.text
    refused = await http.patch(path, json=second, headers={"If-Match": seen})
    assert refused.status_code == 412 and refused.headers["ETag"] == done.headers["ETag"] != seen
    shown = (await http.get(path)).json()
    assert {name: shown.get("company", shown)[name] for name in first} == first
    if what != "/profile":
        assert (await http.delete(path, headers={"If-Match": seen})).status_code == 412
        assert (await http.delete(path, headers={"If-Match": done.headers["ETag"]})).status_code == 204


async def test_a_company_and_a_member_are_made_once(http: httpx.AsyncClient) -> None:
    made = [
        await http.post("/api/v1/organizations", json={"name": "Deux fois"}, headers={"Idempotency-Key": "o-1"})
        for _ in range(2)
    ]
    assert made[0].json() == made[1].json() and made[1].headers["Idempotency-Replayed"] == "true"
    users = f"/api/v1/organizations/{made[0].json()['id']}/users"
    body = {"email": f"x{made[0].json()['slug']}@firm.example", "role": "OWNER"}
    invited = [await http.post(users, json=body, headers={"Idempotency-Key": "u-1"}) for _ in range(2)]
    assert [each.status_code for each in invited] == [201, 201]
    assert invited[0].json()["token"] == invited[1].json()["token"]
    assert len((await http.get(users)).json()["data"]) == 1
