"""Every route that names something, called by company A's owner with what is B's: refused, nothing told, nothing changed.

``pytest -s`` shows the figures. Routes are found by walking the application, so a new one is covered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from api.app import create_app
from api.cli.admin import with_every_door
from db.queue import open_queue
from db.session import Database
from tests.integration.isolation.asking import filter_removed
from tests.integration.isolation.calling import READING, Call, calls
from tests.integration.isolation.world import World, tenant_tables
from tests.office import member_headers

REFUSED = {403, 404}
UNANSWERED = {400, 401, 405, 409, 410, 412, 413, 415, 422, 428, 429, 503}
"""Nothing told either, but the call did not get as far as asking whose it is."""
SAYS_BACK = ("access-log",)
"""Routes that tell A which keys A itself asked for: there, B's texts are looked for and not its keys."""
ASKED = 0.75
"""At least this share of the calls that name something of B in the path must get as far as that."""
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CROSSING = """
select f.conname, f.conrelid::regclass::text as one, f.confrelid::regclass::text as other,
       (select attname from pg_attribute where attrelid = f.conrelid and attnum = f.conkey[array_length(f.conkey, 1)]) as col,
       (select attname from pg_attribute where attrelid = f.confrelid and attnum = f.confkey[array_length(f.confkey, 1)]) as key
from pg_constraint f where f.contype = 'f' and f.conrelid::regclass::text = any(%(tables)s)
  and f.confrelid::regclass::text = any(%(tables)s) and f.confrelid::regclass::text <> 'organizations'"""


@pytest.fixture
async def http(database: Database, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(with_every_door().model_copy(update={"log_level": "CRITICAL"}))
    app.state.database = database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with open_queue(database_url), httpx.AsyncClient(transport=transport, base_url="http://usta") as client:
        client.app = app  # type: ignore[attr-defined]
        yield client


async def test_no_route_shows_or_changes_another_company(
    http: httpx.AsyncClient, database: Database, world: World
) -> None:
    owner = await member_headers(database, world.a, "OWNER")
    before, leaks, answers, wanted, asked = world.digest(), [], Counter[int](), 0, 0
    made = list(calls(http.app, world))  # type: ignore[attr-defined]
    for call in made:
        answer = await call.send(http, owner)
        if answer.status_code == 401 and "/auth/" not in call.route:
            owner = await member_headers(database, world.a, "OWNER")
            answer = await call.send(http, owner)
        answers[answer.status_code] += 1
        wanted, asked = wanted + call.names_b, asked + (call.names_b and answer.status_code in REFUSED)
        leaks += [f"{call}: {what}" for what in leaked(call, answer, world)]
        if call.method not in READING and answer.is_success and world.digest() != before:
            leaks.append(f"{call}: changed {[name for name, sum_ in world.digest().items() if sum_ != before[name]]}")
            before = world.digest()
    routes = {(call.method, call.route) for call in made}
    print(
        f"\n{len(routes)} routes, {len(made)} calls, {asked} of {wanted} that name B refused, {len(leaks)} leaks; {answers}"
    )
    assert not leaks, "\n".join(leaks)
    assert world.digest() == before
    assert asked >= ASKED * wanted, "too many calls did not get as far as asking whose it is"
    assert crossing(world) == [], "a row of A points at a row of B"
    assert told_to_jobs(world) == [], "a job of A names something of B"


def leaked(call: Call, answer: httpx.Response, world: World) -> list[str]:
    """What is wrong with an answer."""
    found, text, sent = [], answer.text, call.sent()
    if call.route.endswith(SAYS_BACK):
        text = _KEY.sub("", text)
    told = sorted(secret for secret in world.secrets if len(secret) > 8 and secret in text and secret not in sent)
    if told:
        found.append(f"tells {told[:3]}")
    if call.names_b and answer.status_code not in REFUSED | UNANSWERED:
        found.append(f"answers {answer.status_code}: {text[:120]}")
    if answer.status_code not in REFUSED | UNANSWERED and not answer.is_success and not answer.is_redirect:
        found.append(f"answers {answer.status_code}: {text[:120]}")
    return found


def crossing(world: World) -> list[str]:
    """Foreign keys by which a row of A holds on to a row of B: PostgreSQL checks keys without row-level security."""
    found = []
    with psycopg.connect(world.url) as connection:
        keys = connection.execute(CROSSING, {"tables": tenant_tables()}).fetchall()
        for name, one, other, column, key in keys:
            statement = (
                f"select count(*) from {one} x join {other} y on y.{key} = x.{column} "
                "where x.organization_id = %(a)s and y.organization_id = %(b)s"
            )
            row = connection.execute(statement, {"a": world.a, "b": world.b}).fetchone()
            if row != (0,):
                found.append(f"{name}: {one}.{column}")
    return found


def told_to_jobs(world: World) -> list[str]:
    with psycopg.connect(world.url) as connection:
        rows = connection.execute("select task_name, args::text from jobs.procrastinate_jobs").fetchall()
    return [
        f"{task}: {args}" for task, args in rows if any(secret in args for secret in world.secrets if len(secret) > 8)
    ]


async def test_its_own_owner_sees_it(http: httpx.AsyncClient, database: Database, world: World) -> None:
    """The other way round: what the suite looks for is there to be seen."""
    owner = await member_headers(database, world.b, "OWNER")
    reading = [call for call in calls(http.app, world) if call.method in READING]  # type: ignore[attr-defined]
    seen = {str(call) for call in reading if leaked(call, await call.send(http, owner), world)}
    print(f"\n{len(seen)} of {len({str(call) for call in reading})} reading routes show something of B to its owner")
    assert len(seen) >= len({str(call) for call in reading}) // 4


async def test_a_route_without_any_protection_is_found(
    http: httpx.AsyncClient, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await member_headers(database, world.a, "OWNER")
    path = "/api/v1/organizations/{organization_id}/clients"
    call = next(each for each in calls(http.app, world) if each.route == path and not each.names_b and not each.query)  # type: ignore[attr-defined]
    assert not leaked(call, await call.send(http, owner), world)
    monkeypatch.setattr(database, "tenant", lambda organization_id: database.system())
    with filter_removed(database):
        assert leaked(call, await call.send(http, owner), world)
