"""A company connects and disconnects its own numbers, by role; other companies' and the assistant's do not exist for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import ProgrammingError

from api.v1 import whatsapp_pace, whatsapp_sessions, whatsapp_sync
from db.models import Organization, User, WhatsappAccount
from db.models.base import new_id
from db.queue import open_queue
from db.settings import settings
from services.identity.permissions import Role
from services.sessions.care import look_after
from services.sessions.service import Sessions, create
from tests.integration.isolation.asking import filter_removed
from tests.office import member_headers

SESSIONS = "/api/v1/whatsapp/sessions"
ROUTES = (
    ("GET", ""), ("PATCH", ""), ("GET", "/qr"), ("POST", "/connect"), ("POST", "/hosted-link"), ("POST", "/disconnect"),
    ("DELETE", ""), ("GET", "/log"), ("GET", "/sync"), ("POST", "/sync"), ("GET", "/pace"),
)  # fmt: skip
SEES_ONLY: tuple[Role, ...] = ("MANAGER", "AGENT", "VIEWER")


class Firm:
    """The members of a company, calling the routes of its sessions."""

    def __init__(self, house: Any, organization_id: UUID) -> None:
        self.house, self.id = house, organization_id

    async def call(self, role: Role, method: str, path: str, **request: Any) -> Any:
        headers = await member_headers(self.house.database, self.id, role)
        return await self.house.http.request(method, SESSIONS + path, headers=headers, **request)


@pytest.fixture
async def firm(house: Any, artisan: User, database_url: str) -> AsyncIterator[Firm]:
    house.app.state.settings = settings()
    house.app.state.sessions = Sessions(house.database, house.channel.client, settings())
    for each in (whatsapp_sessions, whatsapp_sync, whatsapp_pace):
        house.app.include_router(each.router)
    async with open_queue(database_url):
        yield Firm(house, artisan.organization_id)


async def test_the_owner_connects_and_lets_go(house: Any, firm: Firm, artisan: User) -> None:
    made = await firm.call("OWNER", "POST", "", json={"user_id": str(artisan.id)})
    assert made.status_code == 201, made.text
    one = f"/{made.json()['id']}"
    assert made.json()["organization_id"] == str(firm.id) and made.json()["link"]
    assert (await firm.call("ADMIN", "POST", f"{one}/connect")).json()["status"] == "qr_ready"
    svg = await firm.call("ADMIN", "GET", f"{one}/qr", params={"format": "svg"})
    png = await firm.call("OWNER", "GET", f"{one}/qr", params={"format": "png"})
    assert svg.text.lstrip().startswith("<") and "<svg" in svg.text and png.content.startswith(b"\x89PNG")
    sessions: Sessions = house.app.state.sessions
    account = await sessions.get(UUID(made.json()["id"]))
    house.simulator.network.connect(
        house.simulator.state.account(account.provider_account_id), artisan.whatsapp_phone or "", None
    )
    await look_after(sessions, account.id)
    (listed,) = (await firm.call("OWNER", "GET", "")).json()["data"]
    assert (listed["status"], listed["whatsapp_connected"]) == ("connected", True)
    assert (await firm.call("OWNER", "GET", f"{one}/sync")).json()["status"] == "waiting"
    assert (await firm.call("OWNER", "POST", f"{one}/disconnect")).json()["status"] == "disconnected"
    assert (await firm.call("OWNER", "POST", f"{one}/connect")).json()["status"] == "qr_ready", "and back again"
    assert (await firm.call("OWNER", "DELETE", one)).status_code == 204
    lines = (await firm.call("AGENT", "GET", f"{one}/log")).json()["data"]
    asked = {line["cause"]: line["actor"] for line in reversed(lines)}
    assert asked["created"] == asked["connect_asked"] == asked["disconnect_asked"] == asked["removed"] == "artisan"
    told = await house.rows(
        "select event, user_id from system_logs where about = :id order by created_at", id=account.id
    )
    assert [line.event for line in told] == [
        "whatsapp.created", "whatsapp.connect_asked", "whatsapp.disconnect_asked", "whatsapp.connect_asked",
        "whatsapp.remove_asked",
    ]  # fmt: skip
    assert all(line.user_id for line in told)


@pytest.mark.parametrize("role", SEES_ONLY)
async def test_the_others_see_and_touch_nothing(house: Any, firm: Firm, artisan: User, role: Role) -> None:
    async with house.database.system() as session:
        account = await create(session, firm.id, actor="admin", user_id=artisan.id)
    await house.app.state.sessions.connect(account.id, "admin")
    (listed,) = (await firm.call(role, "GET", "")).json()["data"]
    assert (listed["id"], listed["status"]) == (str(account.id), "qr_ready")
    assert listed["link"] is None, "the link connects, so it is for those who may"
    assert (await firm.call(role, "GET", f"/{account.id}/log")).status_code == 200
    assert (await firm.call(role, "GET", f"/{account.id}/pace")).status_code == 200
    assert (await firm.call(role, "POST", "", json={})).status_code == 403
    for method, path in ROUTES:
        if method != "GET" or path == "/qr":
            answer = await firm.call(role, method, f"/{account.id}{path}", json={"auto_reconnect": False})
            assert answer.status_code == 403, (method, path)
    assert (await house.app.state.sessions.get(account.id)).status == "qr_ready"


@pytest.mark.parametrize("filtered", [True, False])
async def test_what_is_not_theirs_does_not_exist(
    house: Any, firm: Firm, assistant_account: WhatsappAccount, filtered: bool
) -> None:
    """Another company's number and the assistant's: also by row-level security and the kind alone."""
    other = Organization(name="Autre", slug=f"autre-{uuid4().hex[:8]}", status="active")
    async with house.database.system() as session:
        session.add(other)
        await session.flush()
        theirs = await create(session, other.id, actor="admin", phone="+33612000001")
    watched = "select id, status, auto_reconnect, is_active, updated_at from whatsapp_accounts where id = any(:ids) order by id"
    ids = [theirs.id, assistant_account.id]
    before = await house.rows(watched, ids=ids)
    with contextlib.nullcontext() if filtered else filter_removed(house.database):
        assert (await firm.call("OWNER", "GET", "")).json()["data"] == []
        for account_id in ids:
            for method, path in ROUTES:
                body = {"json": {"auto_reconnect": False}} if method == "PATCH" else {}
                answer = await firm.call("OWNER", method, f"/{account_id}{path}", **body)
                assert answer.status_code == 404, (method, path, answer.text)
    assert await house.rows(watched, ids=ids) == before
    headers = {"X-Organization-Id": str(other.id)} | await member_headers(house.database, firm.id, "OWNER")
    assert (await house.http.get(SESSIONS, headers=headers)).status_code == 404


async def test_no_company_makes_an_assistant(house: Any, firm: Firm, linked_account: WhatsappAccount) -> None:
    row = {"id": new_id(), "organization_id": firm.id, "kind": "assistant", "provider_account_id": f"x-{uuid4()}"}
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with house.database.tenant(firm.id) as session:
            await session.execute(insert(WhatsappAccount).values(row))
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with house.database.tenant(firm.id) as session:
            await session.execute(
                update(WhatsappAccount).where(WhatsappAccount.id == linked_account.id).values(kind="assistant")
            )


async def test_who_is_suspended_lets_go_and_connects_nothing(house: Any, firm: Firm, artisan: User) -> None:
    async with house.database.system() as session:
        account = await create(session, firm.id, actor="admin", user_id=artisan.id)
        (await session.get_one(Organization, firm.id)).status = "suspended"
    assert (await firm.call("OWNER", "POST", f"/{account.id}/connect")).status_code == 403
    assert (await firm.call("OWNER", "GET", f"/{account.id}")).status_code == 200
    assert (await firm.call("OWNER", "DELETE", f"/{account.id}")).status_code == 204
