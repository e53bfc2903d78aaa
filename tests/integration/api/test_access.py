"""Every route × every role: what the table says is what happens; a route that says nothing fails."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from inspect import iscoroutinefunction, isfunction
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.cli.admin import access_page, with_every_door
from api.route_table import RouteRow, routes_of
from api.v1.access import allowed
from db.models import Organization
from db.session import Database
from services.identity.permissions import KEY_SCOPES, MEMBER_ROLES, PERMISSIONS, ROLES, Role
from tests.office import member_headers, platform_headers

PAGE = Path(__file__).parents[3] / "docs/access.md"
WITHOUT_COMPANY = {"self", "platform:self", "platform:manage"}
"""Permissions of routes that may have no company in their path."""
LISTS_ONES_OWN = {("GET", "/api/v1/organizations")}
CHANGES_NOTHING_OF_A_COMPANY = {"self", "platform:self", "platform:manage"}


def whole_app() -> FastAPI:
    return create_app(with_every_door().model_copy(update={"log_level": "CRITICAL"}))


ROWS = routes_of(whole_app())
GUARDED = [row for row in ROWS if row.permissions]


def named(row: RouteRow) -> str:
    return f"{row.method} {row.path}"


def test_every_route_says_who_may_call_it() -> None:
    silent = [named(row) for row in ROWS if not row.is_marked]
    assert not silent, f"put allowed(…) or public(…) on: {silent}"


def test_a_route_that_says_nothing_is_found() -> None:
    app, router = whole_app(), APIRouter(prefix="/api/v1/forgotten")

    @router.get("")
    async def forgotten() -> None: ...

    app.include_router(router)
    assert [row.path for row in routes_of(app) if not row.is_marked] == ["/api/v1/forgotten"]


def test_no_dependency_of_a_route_goes_through_a_thread() -> None:
    """A plain function among them costs a thread at every request, and waits for one when many come at once."""
    calls = [
        each.call
        for context in iter_route_contexts(whole_app().routes)
        for each in _dependants(getattr(context, "dependant", None))
    ]
    assert len(calls) > 500
    assert not {call for call in calls if not iscoroutinefunction(call if isfunction(call) else type(call).__call__)}


def _dependants(dependant: Any) -> Iterator[Any]:
    for each in dependant.dependencies if dependant else ():
        yield each
        yield from _dependants(each)


def test_what_is_under_the_api_needs_a_sign_in() -> None:
    public = {row.path for row in ROWS if row.path.startswith("/api/v1") and not row.permissions}
    assert {path.rsplit("/", 1)[1] for path in public} == {
        "login", "refresh", "register", "resend", "verify", "invitation", "forgot", "reset", "plans", "terms",
    }  # fmt: skip
    assert all("/auth" in path for path in public - {"/api/v1/plans"})


def test_what_changes_something_needs_more_than_reading() -> None:
    weak = [
        named(row)
        for row in GUARDED
        if row.method != "GET" and all(permission.endswith(":read") for permission in row.permissions)
    ]
    assert not weak


def test_a_member_is_asked_for_his_company_in_the_path() -> None:
    loose = [
        named(row)
        for row in GUARDED
        if "{organization_id}" not in row.path
        and not row.own_company
        and not set(row.permissions) <= WITHOUT_COMPANY
        and (row.method, row.path) not in LISTS_ONES_OWN
    ]
    assert not loose


def test_the_table_is_what_it_should_be() -> None:
    used = {permission for row in GUARDED for permission in row.permissions}
    assert used == set(PERMISSIONS), "a permission that no route asks for, or the other way round"
    for row in PERMISSIONS.values():
        ranks = [role in row.roles for role in ("VIEWER", "AGENT", "MANAGER", "ADMIN", "OWNER")]
        if row.name != "einvoicing:read":
            assert ranks == sorted(ranks), f"{row.name}: a higher role may do less"
        if row.name.endswith(":write"):
            assert "VIEWER" not in row.roles
    assert not KEY_SCOPES & {"self", "users:write", "keys:write", "organization:write", "platform:manage"}
    with pytest.raises(KeyError):
        allowed("clients:raed")


def test_refusals_are_described() -> None:
    paths = whole_app().openapi()["paths"]
    silent = {
        named(row): missing
        for row in GUARDED
        if (missing := {"401", "403"} - set(paths[row.path][row.method.lower()]["responses"]))
    }
    assert not silent, "401 and 403 are missing among the responses"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == access_page(), "write it again: usta admin routes --write"


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = whole_app()
    app.state.database = database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta") as client:
        yield client


async def called(http: httpx.AsyncClient, row: RouteRow, organization: Organization, headers: Any) -> httpx.Response:
    """Calls a route as far as its door: ids of nothing, and a body that no route takes."""
    values = {"organization_id": str(organization.id), "month": "2026-11", "kind": "invoice", "language": "fr"}
    path = re.sub(r"{(\w+)(?::\w+)?}", lambda match: values.get(match[1], str(uuid4())), row.path)
    body = {} if row.method == "GET" else {"json": ["of no route"]}
    if headers and row.own_company:
        headers = headers | {"X-Organization-Id": str(organization.id)}
    return await http.request(row.method, path, headers=headers, **body)


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_obeys_the_table(
    http: httpx.AsyncClient, database: Database, organization: Organization, role: Role
) -> None:
    async def fresh() -> dict[str, str]:
        if role == "PLATFORM":
            return await platform_headers(database)
        return await member_headers(database, organization.id, role)

    headers, wrong = await fresh(), []
    for row in GUARDED:
        answer = await called(http, row, organization, headers)
        assert answer.status_code != 500, f"{named(row)}: {answer.text}"
        if (answer.status_code != 403) != row.lets_in(role) or answer.status_code == 401:
            wrong.append((named(row), role, answer.status_code))
        if answer.status_code < 300:
            headers = await fresh()
    assert not wrong


async def test_nobody_comes_in_without_a_sign_in(http: httpx.AsyncClient, organization: Organization) -> None:
    for row in GUARDED:
        answer = await called(http, row, organization, {})
        assert answer.status_code == 401, named(row)
        assert answer.json()["code"] == "AUTHENTICATION"


@pytest.mark.parametrize("role", [MEMBER_ROLES[0], MEMBER_ROLES[-1]])
async def test_another_company_is_not_found(
    http: httpx.AsyncClient, database: Database, organization: Organization, role: Role
) -> None:
    other = Organization(name="Autre", slug=f"autre-{uuid4().hex[:8]}", status="active")
    async with database.system() as session:
        session.add(other)
    headers = await member_headers(database, other.id, role)
    for row in GUARDED:
        if "{organization_id}" in row.path or row.own_company:
            answer = await called(http, row, organization, headers)
            assert answer.status_code in ((404,) if row.lets_in(role) else (403, 404)), (
                f"{named(row)}: {answer.status_code}"
            )


async def test_an_account_that_is_not_active_is_read_only(
    http: httpx.AsyncClient, database: Database, organization: Organization
) -> None:
    headers = await member_headers(database, organization.id, "OWNER")
    async with database.system() as session:
        (await session.get_one(Organization, organization.id)).status = "suspended"
    for row in GUARDED:
        if ("{organization_id}" in row.path or row.own_company) and row.lets_in("OWNER"):
            waits = any(PERMISSIONS[permission].needs_active for permission in row.permissions)
            answer = await called(http, row, organization, headers)
            assert (answer.status_code == 403) == waits, f"{named(row)}: {answer.status_code}"
