"""Limits per caller and address, shared through a Redis spoken to over its own wire; headers, long bodies, other sites."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fakeredis import TcpFakeServer
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from api.app import create_app
from api.cli.admin import with_every_door
from api.protection import LONGEST_BODY
from api.v1.access import Costly
from db.models import Organization
from db.session import Database
from db.settings import Settings
from services.protection import counting
from services.protection.budgets import PER_MINUTE, Budget
from services.protection.counting import Counts
from tests.office import member_headers

COSTLY = re.compile(
    r"^/api/v1/.*(/exports|/erasure|/persons|/preview|/pdf|/checkout|/portal|/deposit|/sync|/broadcasts?)$"
)
"""What changes something at such an address makes a document, an archive or a call of another service."""


@contextlib.contextmanager
def redis_server(port: int = 0) -> Iterator[int]:
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextlib.asynccontextmanager
async def client_of(database: Database, **changed: object) -> AsyncIterator[httpx.AsyncClient]:
    configured: Settings = with_every_door().model_copy(
        update={"log_level": "CRITICAL", "rate_limits": True, **changed}
    )
    app = create_app(configured)
    app.state.database = database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta") as client:
        yield client


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> dict[Budget, int]:
    """Budgets that a test can use up."""
    for name, few in {"costly": 1, "sign-in": 2, "wrong-secret": 2}.items():
        monkeypatch.setitem(PER_MINUTE, name, few)  # type: ignore[misc]
    return PER_MINUTE


async def test_a_member_who_asks_too_often(
    database: Database, organization: Organization, small: dict[Budget, int]
) -> None:
    headers, other = [await member_headers(database, organization.id, "OWNER") for _ in range(2)]
    url = f"/api/v1/organizations/{organization.id}"
    async with client_of(database, requests_per_minute=3) as http:
        answers = [await http.get(url, headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert answers[-1].json()["code"] == "RATE_LIMIT_EXCEEDED" and int(answers[-1].headers["Retry-After"]) >= 1
        assert (await http.get(url, headers=other)).status_code == 200


async def test_what_costs_has_a_budget_of_the_whole_company(
    database: Database, organization: Organization, small: dict[Budget, int]
) -> None:
    one, other = [await member_headers(database, organization.id, "OWNER") for _ in range(2)]
    url = f"/api/v1/organizations/{organization.id}"
    async with client_of(database) as http:
        assert (await http.get(f"{url}/erasure/plan", headers=one)).status_code == 200
        refused = await http.get(f"{url}/erasure/plan", headers=other)
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["RateLimit-Limit"] == "1"
        assert (await http.get(url, headers=other)).status_code == 200


def test_every_costly_route_is_marked() -> None:
    marked, unmarked = set(), []
    for context in iter_route_contexts(create_app(with_every_door()).routes):
        dependant = getattr(context, "dependant", None)
        marks = dependant is not None and any(isinstance(each.call, Costly) for each in dependant.dependencies)
        for method in context.methods or ():
            if marks:
                marked.add((method, str(context.path)))
            elif method != "GET" and COSTLY.search(str(context.path)):
                unmarked.append((method, str(context.path)))
    assert not unmarked and len(marked) >= 15


async def test_doors_for_passwords_count_addresses(database: Database, small: dict[Budget, int]) -> None:
    async with client_of(database) as http:
        body = {"email": "nobody@example.com", "password": "not the right one"}
        answers = [(await http.post("/api/v1/auth/login", json=body)).status_code for _ in range(3)]
    assert answers == [401, 401, 429]


async def test_a_wrong_secret_is_refused_and_a_right_one_never(database: Database, small: dict[Budget, int]) -> None:
    async with client_of(database) as http:
        wrong = [(await http.post("/webhooks/unipile/messages", content=b"{}")) for _ in range(3)]
        right = await http.post("/webhooks/unipile/messages", content=b"{}", headers={"Unipile-Auth": secret()})
    assert [answer.status_code for answer in wrong] == [401, 401, 429] and "Retry-After" in wrong[-1].headers
    assert right.status_code in (200, 422)


def secret() -> str:
    from services.messaging.credentials import webhook_secret

    return (webhook_secret(with_every_door()) or b"").decode()


async def test_processes_share_one_budget_through_redis() -> None:
    with redis_server() as port:
        one, other = (Counts({"caller": 3}, f"redis://127.0.0.1:{port}/0") for _ in range(2))
        taken = [await counts.take("caller", "user", "1") for counts in (one, other, one, other)]
    assert [standing.allowed for standing in taken] == [True, True, True, False]
    assert one.state == "shared"


async def test_a_redis_that_is_down_takes_nothing_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_AGAIN_SECONDS", 0.0)
    with redis_server() as port:
        counts = Counts({"caller": 3}, f"redis://127.0.0.1:{port}/0")
        assert (await counts.take("caller", "a")).allowed and counts.state == "shared"
    await counts._shared.storage.bridge.storage.connection_pool.disconnect()  # type: ignore[union-attr]
    alone = [(await counts.take("caller", "b")).allowed for _ in range(4)]
    assert alone == [True, True, True, False] and counts.state == "down"
    with redis_server(port):
        assert (await counts.take("caller", "b")).allowed and counts.state == "shared"


async def test_a_body_that_is_too_long(database: Database) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * (LONGEST_BODY // 2)

    async with client_of(database) as http:
        for content in (b"x" * (LONGEST_BODY + 1), pieces()):
            json = {"Content-Type": "application/json"}
            answer = await http.post("/api/v1/auth/login", content=content, headers=json)
            assert (answer.status_code, answer.json()["code"]) == (413, "VALIDATION")


async def test_headers_for_browsers(database: Database) -> None:
    async with client_of(database, public_url="https://usta.example", cors_origins=["https://office.example"]) as http:
        answer = await http.get("/api/v1/auth/me", headers={"Origin": "https://office.example"})
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
        assert answer.headers["Access-Control-Allow-Origin"] == "https://office.example"
        other = await http.get("/api/v1/auth/me", headers={"Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Origin" not in other.headers
    async with client_of(database) as http:
        answer = await http.get("/api/v1/auth/me", headers={"Origin": "https://office.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers and "Strict-Transport-Security" not in answer.headers
        assert "Set-Cookie" not in answer.headers


async def test_health_tells_how_requests_are_counted(database: Database) -> None:
    async with client_of(database) as http:
        assert (await http.get("/health")).json()["dependencies"]["limits"]["state"] == "off"
    with redis_server() as port:
        url = SecretStr(f"redis://127.0.0.1:{port}/0")
    async with client_of(database, redis_url=url) as http:
        assert (await http.get("/api/v1/auth/me")).status_code == 401
        assert (await http.get("/health")).json()["dependencies"]["limits"]["state"] == "degraded"
