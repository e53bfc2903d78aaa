"""Every reading of personal data through the API leaves one row behind, and its company can read them (R251)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import ProgrammingError

from api.app import create_app
from api.cli.admin import with_every_door
from api.route_table import routes_of
from db.acting import Actor, acting_as
from db.models import AccessEntry, Organization
from db.session import Database
from services.identity.permissions import PERMISSIONS
from services.storage.links import link_to
from services.storage.service import storage
from tests.office import member_headers, new_member, platform_headers

APP = create_app(with_every_door().model_copy(update={"log_level": "CRITICAL"}))
PERSONAL = [row for row in routes_of(APP) if any(PERMISSIONS[name].personal for name in row.permissions)]


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    APP.state.database = database
    transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta") as client:
        yield client


async def entries(database: Database, organization_id: Any = None) -> list[AccessEntry]:
    async with database.system() as session:
        query = select(AccessEntry).order_by(AccessEntry.id)
        query = query.where(AccessEntry.organization_id == organization_id) if organization_id else query
        return list(await session.scalars(query))


def filled(path: str, organization: Organization) -> str:
    values = {"organization_id": str(organization.id), "month": "2026-11", "kind": "invoice", "language": "fr"}
    for name in ("organization_id", "month", "kind", "language"):
        path = path.replace(f"{{{name}}}", values[name])
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}{uuid4()}{rest.partition('}')[2]}"
    return path


async def test_every_route_marked_personal_writes_one_row(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    platform = await platform_headers(database) | {"X-Organization-Id": str(organization.id)}
    assert len(PERSONAL) > 40
    wrong = []
    for row in sorted(PERSONAL, key=lambda row: row.lets_in("PLATFORM")):  # an admin's routes close the company
        async with database.system() as session:
            await session.execute(delete(AccessEntry))
        body = {} if row.method == "GET" else {"json": ["of no route"]}
        headers = platform if row.lets_in("PLATFORM") else await member_headers(database, organization.id, "OWNER")
        answer = await http.request(row.method, filled(row.path, organization), headers=headers, **body)
        assert answer.status_code not in (401, 403, 500), f"{row.method} {row.path}: {answer.text}"
        written = await entries(database)
        if [(each.method, each.resource, each.organization_id) for each in written] != [
            (row.method, row.path, organization.id)
        ]:
            wrong.append((row.method, row.path, [each.resource for each in written]))
    assert not wrong


async def test_who_what_when_and_from_where(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    client_id = uuid4()
    owner = await member_headers(database, organization.id, "OWNER")
    path = f"/api/v1/organizations/{organization.id}/clients/{client_id}"
    assert (await http.get(path, headers=owner | {"X-Request-ID": "seen-1"})).status_code == 404
    assert (await http.get(f"/api/v1/organizations/{organization.id}", headers=owner)).status_code == 200
    (one,) = await entries(database, organization.id)
    assert one.resource == "/api/v1/organizations/{organization_id}/clients/{client_id}"
    assert (one.reader_kind, one.ids, one.request_id) == ("user", {"client_id": str(client_id)}, "seen-1")
    assert one.ip_address == "127.0.0.1"
    assert abs((datetime.now(UTC) - one.created_at).total_seconds()) < 3600


async def test_a_refused_reader_reads_nothing_and_leaves_no_row(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    viewer = await member_headers(database, organization.id, "VIEWER")
    path = f"/api/v1/organizations/{organization.id}/access-log"
    assert (await http.get(path, headers=viewer)).status_code == 403
    assert not await entries(database, organization.id)


async def test_what_cannot_be_written_down_is_not_shown(
    http: httpx.AsyncClient, database: Database, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await member_headers(database, organization.id, "OWNER")

    def fails(*_: Any, **__: Any) -> None:
        raise ConnectionError("the log is full")

    monkeypatch.setattr("api.v1.access.note_read", fails)
    answer = await http.get(f"/api/v1/organizations/{organization.id}/clients", headers=owner)
    assert answer.status_code == 500
    assert "data" not in answer.json()


async def test_the_log_is_read_in_pages_and_only_by_its_company(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    owner = await member_headers(database, organization.id, "OWNER")
    other = Organization(name="Autre", slug=f"autre-{uuid4().hex[:8]}", status="active")
    async with database.system() as session:
        session.add(other)
    stranger = await member_headers(database, other.id, "OWNER")
    base, client_id = f"/api/v1/organizations/{organization.id}", uuid4()
    for _ in range(3):
        await http.get(f"{base}/clients", headers=owner)
    await http.get(f"{base}/clients/{client_id}", headers=owner)
    assert (await http.get(f"{base}/access-log", headers=stranger)).status_code == 404
    first = (await http.get(f"{base}/access-log", headers=owner, params={"limit": 2})).json()
    second = (await http.get(f"{base}/access-log", headers=owner, params={"cursor": first["next"]})).json()
    resources = [each["resource"].rsplit("/", 1)[1] for each in first["data"] + second["data"]]
    assert resources == ["access-log", "{client_id}", "clients", "clients", "clients"]
    about = (await http.get(f"{base}/access-log", headers=owner, params={"about_id": str(client_id)})).json()
    assert [each["ids"] for each in about["data"]] == [{"client_id": str(client_id)}]


async def test_nobody_of_a_company_takes_a_reading_back(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    await new_member(database, organization.id, "OWNER")
    await http.get(
        f"/api/v1/organizations/{organization.id}/clients",
        headers=await member_headers(database, organization.id, "OWNER"),
    )
    for statement in ("delete from access_log", "update access_log set method = 'GET'"):
        with pytest.raises(ProgrammingError):
            async with database.tenant(organization.id) as session:
                await session.execute(text(statement))
    async with database.tenant(uuid4()) as session:
        assert await session.scalar(select(func.count()).select_from(AccessEntry)) == 0


async def test_a_file_opened_by_its_link_is_one_reading(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    key = f"org/{organization.id}/attachments/m-1/site.pdf"
    await storage().put(key, b"%PDF")
    member = uuid4()
    with acting_as(Actor("user", member)):
        given = (await link_to(storage(), key, "site.pdf", "http://usta")).url
    made_by_a_job = (await link_to(storage(), key, "site.pdf", "http://usta")).url
    assert (await http.head(given)).status_code == 200
    assert not await entries(database, organization.id), "a head shows nothing"
    assert (await http.get(given, headers={"X-Request-ID": "opened-1"})).content == b"%PDF"
    assert (await http.get(made_by_a_job)).status_code == 200
    assert (await http.get(given[:-2])).status_code == 403
    known, unknown = await entries(database, organization.id)
    assert (known.reader_kind, known.reader_id, known.ids) == ("link", member, {"file": key})
    assert (known.resource, known.request_id, unknown.reader_id) == ("/files/{token}", "opened-1", None)
    owner = await member_headers(database, organization.id, "OWNER")
    path = f"/api/v1/organizations/{organization.id}/access-log"
    shown = (await http.get(path, headers=owner, params={"reader_id": str(member)})).json()["data"]
    assert [each["ids"] for each in shown] == [{"file": key}]


async def test_a_file_whose_reading_cannot_be_written_down_is_not_shown(
    http: httpx.AsyncClient, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"org/{organization.id}/attachments/m-1/site.pdf"
    await storage().put(key, b"%PDF")

    async def fails(*_: Any, **__: Any) -> None:
        raise ConnectionError("the log is full")

    monkeypatch.setattr("api.files.note_opened", fails)
    answer = await http.get((await link_to(storage(), key, "site.pdf", "http://usta")).url)
    assert answer.status_code == 500 and b"%PDF" not in answer.content
