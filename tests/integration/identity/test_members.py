"""Members: invited, given a role, suspended, gone; accounts of companies; keys of programs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.models import Organization
from db.session import Database
from tests.integration.identity.conftest import Office
from tests.office import PASSWORD, member_headers, new_member


def mail() -> str:
    return f"{secrets.token_hex(6)}@firm.example"


@pytest.fixture
def root(organization: Organization) -> str:
    return f"/organizations/{organization.id}"


@pytest.fixture
async def owner(database: Database, organization: Organization) -> str:
    headers = await member_headers(database, organization.id, "OWNER")
    return headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
async def manager(database: Database, organization: Organization) -> str:
    headers = await member_headers(database, organization.id, "ADMIN")
    return headers["Authorization"].removeprefix("Bearer ")


async def test_an_invitation_opens_once(office: Office, root: str, owner: str, organization: Organization) -> None:
    body = {"email": mail().upper(), "role": "VIEWER", "first_name": "Claire"}
    invited = (await office.call("POST", f"{root}/users", owner, json=body)).json()
    user, token = invited["user"], invited["token"]
    assert (user["status"], user["email"]) == ("INVITED", body["email"].lower())
    assert (await office.login(user["email"], PASSWORD)).status_code == 401
    shown = await office.http.get(invited["link"])
    assert shown.json() | {"expires_at": ""} == {
        "company": organization.name, "email": user["email"], "role": "VIEWER", "expires_at": "",
    }  # fmt: skip
    weak = await office.call("POST", "/auth/invitation", json={"token": token, "password": "short"})
    assert weak.status_code == 422
    taken = {"token": token, "password": PASSWORD}
    assert (await office.call("POST", "/auth/invitation", json=taken)).status_code == 204
    assert (await office.call("POST", "/auth/invitation", json=taken)).status_code == 404, "single use"
    assert (await office.call("GET", f"/auth/invitation?token={token}")).status_code == 404
    bearer = (await office.login(user["email"], PASSWORD)).json()["access_token"]
    assert (await office.call("GET", f"{root}/clients", bearer)).status_code == 200
    assert (await office.call("GET", f"{root}/users", bearer)).status_code == 403
    assert (await office.call("GET", f"{root}/users/{user['id']}", owner)).json()["status"] == "ACTIVE"


async def test_links_end_by_time_by_hand_and_by_the_next_one(office: Office, root: str, owner: str) -> None:
    first = (await office.call("POST", f"{root}/users", owner, json={"email": mail()})).json()
    user = first["user"]["id"]
    second = (await office.call("POST", f"{root}/users/{user}/invitation", owner)).json()

    async def opens(token: str) -> bool:
        return (await office.call("GET", f"/auth/invitation?token={token}")).status_code == 200

    assert not await opens(first["token"]) and await opens(second["token"])
    assert not await opens(second["token"] + "x")
    assert (await office.call("DELETE", f"{root}/users/{user}/invitation", owner)).status_code == 204
    assert not await opens(second["token"])
    third = (await office.call("POST", f"{root}/users/{user}/invitation", owner)).json()
    await office.rows("update invitations set expires_at = now() where user_id = :id", id=user)
    assert not await opens(third["token"])


async def test_nobody_reaches_above_himself(
    office: Office, root: str, owner: str, manager: str, organization: Organization
) -> None:
    above = await office.call("POST", f"{root}/users", manager, json={"email": mail(), "role": "OWNER"})
    assert above.status_code == 403
    chief = (await office.call("GET", "/auth/me", owner)).json()["id"]
    own = (await office.call("GET", "/auth/me", manager)).json()["id"]
    for change in ({"role": "VIEWER"}, {"is_active": False}, {"first_name": "X"}):
        assert (await office.call("PATCH", f"{root}/users/{chief}", manager, json=change)).status_code == 403
    assert (await office.call("DELETE", f"{root}/users/{chief}", manager)).status_code == 403
    assert (await office.call("POST", f"{root}/users/{chief}/invitation", manager)).status_code == 403
    assert (await office.call("PATCH", f"{root}/users/{own}", manager, json={"role": "OWNER"})).status_code == 403
    assert (await office.call("DELETE", f"{root}/users/{own}", manager)).status_code == 403
    agent = await new_member(office.database, organization.id, "AGENT")
    equal = await new_member(office.database, organization.id, "ADMIN")
    assert (await office.call("POST", f"{root}/users/{equal.id}/invitation", manager)).status_code == 403
    assert (await office.call("POST", f"{root}/users/{equal.id}/invitation", owner)).status_code == 201
    raised = await office.call("PATCH", f"{root}/users/{agent.id}", manager, json={"role": "OWNER"})
    assert raised.status_code == 403
    assert (await office.call("PATCH", f"{root}/users/{agent.id}", manager, json={"role": "ADMIN"})).status_code == 200


async def test_a_company_keeps_an_owner(office: Office, root: str, owner: str, admin_headers: dict[str, str]) -> None:
    platform = admin_headers["Authorization"].removeprefix("Bearer ")
    chief = (await office.call("GET", "/auth/me", owner)).json()["id"]
    for change in ({"role": "ADMIN"}, {"is_active": False}):
        assert (await office.call("PATCH", f"{root}/users/{chief}", platform, json=change)).status_code == 409
    assert (await office.call("DELETE", f"{root}/users/{chief}", platform)).status_code == 409
    second = (await office.call("POST", f"{root}/users", platform, json={"email": mail(), "role": "OWNER"})).json()
    assert (await office.call("DELETE", f"{root}/users/{chief}", platform)).status_code == 204
    assert (await office.call("DELETE", f"{root}/users/{second['user']['id']}", platform)).status_code == 409
    assert (await office.call("GET", "/auth/me", owner)).status_code == 401, "gone means out at once"


async def test_who_leaves_frees_his_mail_and_phone(
    office: Office, root: str, owner: str, new_phone: Callable[[], str]
) -> None:
    body = {"email": mail(), "phone": new_phone(), "first_name": "Ali", "preferred_language": "tr"}
    first = (await office.call("POST", f"{root}/users", owner, json=body)).json()["user"]
    taken = await office.call("POST", f"{root}/users", owner, json=body)
    assert taken.status_code == 409 and taken.json()["details"][0]["field"] == "email"
    assert (await office.call("DELETE", f"{root}/users/{first['id']}", owner)).status_code == 204
    assert (await office.call("GET", f"{root}/users/{first['id']}", owner)).status_code == 404
    assert first["id"] not in {each["id"] for each in (await office.call("GET", f"{root}/users", owner)).json()["data"]}
    assert (await office.call("POST", f"{root}/users", owner, json=body)).status_code == 201
    kept = await office.rows("select first_name, is_active from users where id = :id", id=first["id"])
    assert tuple(kept[0]) == ("Ali", False)


async def test_a_member_verifies_his_own_phone(
    office: Office, root: str, owner: str, new_phone: Callable[[], str]
) -> None:
    phone, body = new_phone(), {"password": PASSWORD}
    assert (await office.call("POST", "/auth/phone", owner, json={"phone": phone, "password": "x"})).status_code == 401
    sent = await office.call("POST", "/auth/phone", owner, json=body | {"phone": phone})
    assert (await office.call("GET", "/auth/me", owner)).json()["phone_verified"] is False
    code = {"verification_id": sent.json()["verification_id"], "code": await office.code_sent_to(phone)}
    assert (await office.call("POST", "/auth/verify", json=code)).json()["status"] == "active"
    me = (await office.call("GET", "/auth/me", owner)).json()
    assert me["phone_verified"] is True
    moved = await office.call("PATCH", f"{root}/users/{me['id']}", owner, json={"phone": new_phone()})
    assert moved.json()["phone_verified"] is False, "a new phone is to be verified anew"


async def test_companies_as_the_platform_sees_them(office: Office, owner: str, admin_headers: dict[str, str]) -> None:
    platform = admin_headers["Authorization"].removeprefix("Bearer ")
    name = f"Électricité {secrets.token_hex(4)}"
    made = (await office.call("POST", "/organizations", platform, json={"name": name, "plan": "STARTER"})).json()
    assert made["status"] == "pending" and made["slug"].startswith("electricite-")
    twin = await office.call("POST", "/organizations", platform, json={"name": name, "slug": made["slug"]})
    assert twin.status_code == 409
    found = (await office.call("GET", "/organizations", platform, params={"name": name[:14].upper()})).json()["data"]
    assert made["id"] in {each["id"] for each in found}
    own = (await office.call("GET", "/organizations", owner)).json()["data"]
    assert [each["id"] for each in own] == [(await office.call("GET", "/auth/me", owner)).json()["organization"]["id"]]
    assert (await office.call("GET", f"/organizations/{made['id']}", owner)).status_code == 404

    body = {"email": mail(), "role": "OWNER"}
    invited = (await office.call("POST", f"/organizations/{made['id']}/users", platform, json=body)).json()
    await office.call("POST", "/auth/invitation", json={"token": invited["token"], "password": PASSWORD})
    bearer = (await office.login(body["email"], PASSWORD)).json()["access_token"]
    assert (await office.call("DELETE", f"/organizations/{made['id']}", bearer)).status_code == 403
    assert (await office.call("DELETE", f"/organizations/{made['id']}", platform)).status_code == 204
    assert (await office.call("GET", "/auth/me", bearer)).status_code == 401
    assert (await office.login(body["email"], PASSWORD)).status_code == 401
    orders = await office.rows("select is_active from users where organization_id = :id", id=made["id"])
    assert {row.is_active for row in orders} == {False}
    by_hand = await office.call("PATCH", f"/organizations/{made['id']}", platform, json={"status": "erased"})
    assert by_hand.status_code == 422
    gone = (await office.call("GET", "/organizations", platform, params={"name": name})).json()["data"]
    assert gone == []


async def test_a_key_opens_its_scopes_and_nothing_else(
    office: Office, root: str, owner: str, manager: str, organization: Organization
) -> None:
    async def make(bearer: str, **body: Any) -> Any:
        return await office.call("POST", f"{root}/api-keys", bearer, json={"name": "Compta"} | body)

    for scopes in (["users:write"], ["platform:manage"], ["self"], ["models:write"], ["nothing"], []):
        assert (await make(owner, scopes=scopes)).status_code == 422
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert (await make(owner, scopes=["clients:read"], expires_at=past)).status_code == 422
    made = (await make(owner, scopes=["clients:read", "clients:write"])).json()
    key, shown = made["key"], made["details"]
    assert key.startswith(f"usta_{shown['prefix']}_")
    assert (await office.call("POST", f"{root}/clients", key, json={"name": "Dupont"})).status_code == 201
    assert (await office.call("GET", f"{root}/quotes", key)).status_code == 403
    assert (await office.call("GET", "/auth/me", key)).status_code == 403
    other = await office.rows("select id from organizations where id <> :id limit 1", id=organization.id)
    assert (await office.call("GET", f"/organizations/{other[0].id}/clients", key)).status_code == 404
    assert (await office.call("GET", f"{root}/clients", key[:-1])).status_code == 401

    (listed,) = (await office.call("GET", f"{root}/api-keys", manager)).json()["data"]
    assert listed["last_used_at"] and key.rsplit("_", 1)[1] not in str(listed)
    stored = await office.rows("select * from api_keys where id = :id", id=shown["id"])
    assert key.split("_", 2)[2] not in str(stored[0])
    await office.rows("update api_keys set expires_at = now() where id = :id", id=shown["id"])
    assert (await office.call("GET", f"{root}/clients", key)).status_code == 401
    await office.rows("update api_keys set expires_at = null where id = :id", id=shown["id"])
    assert (await office.call("GET", f"{root}/clients", key)).status_code == 200
    assert (await office.call("DELETE", f"{root}/api-keys/{shown['id']}", owner)).status_code == 204
    assert (await office.call("GET", f"{root}/clients", key)).status_code == 401
    assert (await office.call("DELETE", f"{root}/api-keys/{shown['id']}", owner)).status_code == 404
