"""The admin API under fifty clients at once, on a database of 200 companies and on one ten times larger.

Every client has a key of a company of his own; the ten requests are those that an office makes most. Measured twice: with
clients who look at each answer for a second on average, as people do, and with clients who send the next request as soon as
the last is answered, which tells what the machine can do. Server, PostgreSQL and clients share the machine. The baseline is
a bare FastAPI route in as many processes that reads one page of clients by one raw query: no sign-in, no row-level security,
no limits, no log.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from db.models.base import new_id
from db.session import Database
from evals.bench.api_figures import Latencies, Round, figures, growth_figures
from evals.bench.bare import bare_route
from evals.bench.load import Connection, percentile, post
from evals.bench.many_companies import copied_id, copy_company, make_model_company
from evals.bench.statements import statement_milliseconds
from evals.installation import Installation
from services.encryption.service import rotate
from services.identity import api_keys
from services.identity.permissions import KEY_SCOPES, permissions_of
from services.identity.principals import Principal

WARM_UP_SECONDS = 3.0
PAUSE_SECONDS = 1.0
"""Between an answer and the next request of the same client, on average."""
PROCESSES = 2
GROWTH = 10
SETTINGS = {"LOG_LEVEL": "WARNING", "RATE_LIMITS": "false"}


@dataclass(frozen=True)
class Office:
    """A client of the API: the company he works for, his key, and the rows of it that he opens."""

    organization_id: UUID
    key: str
    client_id: UUID
    quote_id: UUID
    chat_id: UUID

    @property
    def company(self) -> str:
        return f"/api/v1/organizations/{self.organization_id}"


REQUESTS: dict[str, Callable[[Office], tuple[str, dict[str, Any] | None]]] = {
    "the company": lambda office: (office.company, None),
    "clients, a page": lambda office: (f"{office.company}/clients?limit=50", None),
    "clients by name": lambda office: (f"{office.company}/clients?name=martin", None),
    "a client": lambda office: (f"{office.company}/clients/{office.client_id}", None),
    "a new client": lambda office: (f"{office.company}/clients", {"name": f"Dupont {new_id().hex[-8:]}"}),
    "quotes, a page": lambda office: (f"{office.company}/quotes?limit=50", None),
    "a quote with its lines": lambda office: (f"{office.company}/quotes/{office.quote_id}", None),
    "invoices not paid": lambda office: (f"{office.company}/invoices?status=unpaid&limit=50", None),
    "conversations, a page": lambda office: ("/api/v1/conversations?limit=50", None),
    "messages of a chat": lambda office: (f"/api/v1/chats/{office.chat_id}/messages?limit=50", None),
}


def measure(
    *, companies: int, clients: int, seconds: float, growth: int = GROWTH, processes: int = PROCESSES
) -> Iterable[dict[str, Any]]:
    """p50 and p95 of each request on ``companies`` companies, then their p95 on ``growth`` times as many.

    ``processes`` of the API share the clients, as behind a load balancer.
    """
    return asyncio.run(_measure(companies, clients, seconds, growth, processes))


async def _measure(companies: int, clients: int, seconds: float, growth: int, processes: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="usta-bench-", ignore_cleanup_errors=True) as folder:
        async with Installation(Path(folder), workers=0, settings=SETTINGS) as installation:
            database = Database(installation.url, pool_size=4, keyring=installation.keyring)
            try:
                ports = [installation.port, *[await installation.another_api() for _ in range(processes - 1)]]
                model = await make_model_company(database)
                await _grow(database, model, range(1, companies))
                offices = await _offices(database, model, clients)
                size = _counts(installation.url)
                small = await _round(installation, ports, offices, seconds)
                told = figures(small, size, clients)
                if growth > 1:
                    await _grow(database, model, range(companies, companies * growth))
                    grown = await _round(installation, ports, offices, seconds)
                    told += growth_figures(small, grown, _counts(installation.url), clients)
                return told
            finally:
                await database.close()


async def _grow(database: Database, model: UUID, numbers: range) -> None:
    await asyncio.to_thread(lambda: [None for _ in copy_company(database.url, database.keyring(), model, numbers)])
    async for _ in rotate(database, batch=5000):
        pass


async def _offices(database: Database, model: UUID, clients: int) -> list[Office]:
    """Fifty companies spread over the copies, each with a key that may do all that a key may."""
    by = Principal("platform", new_id(), permissions_of("PLATFORM"), "PLATFORM")
    offices = []
    async with database.system() as session:
        connection = await session.connection()
        first = "select id from {} where organization_id = '{}' order by id limit 1"
        ids = {}
        for table in ("clients", "quotes", "whatsapp_chats"):
            ids[table] = (await connection.exec_driver_sql(first.format(table, model))).scalar_one()
        for number in range(1, clients + 1):
            organization_id = copied_id(model, number)
            _, key = await api_keys.create(
                session,
                by,
                organization_id,
                name="bench",
                scopes=set(KEY_SCOPES & by.permissions),
                expires_at=None,
                now=datetime.now(UTC),
            )
            rows = {table: copied_id(row_id, number) for table, row_id in ids.items()}
            offices.append(Office(organization_id, key, rows["clients"], rows["quotes"], rows["whatsapp_chats"]))
    return offices


async def _round(installation: Installation, ports: list[int], offices: list[Office], seconds: float) -> Round:
    """People first: a queue that the others leave behind would be theirs to wait for."""
    async with bare_route(installation, "evals.bench.bare_clients", processes=len(ports)) as bare_port:
        await _drive(ports, offices, WARM_UP_SECONDS)
        with statement_milliseconds(installation.url, installation.home / "postgres" / "log") as statements:
            people = await _drive(ports, offices, seconds, PAUSE_SECONDS)
            used = installation.processor_seconds()
            ours = await _drive(ports, offices, seconds)
            ended = installation.processor_seconds()
        processor = {part: 1000 * (ended[part] - used[part]) / len(ours.all) for part in ("api", "postgres")}
        await _drive_bare(bare_port, offices, WARM_UP_SECONDS)
        bare_people = await _drive_bare(bare_port, offices, seconds / 2, PAUSE_SECONDS)
        bare = await _drive_bare(bare_port, offices, seconds / 2)
    return Round(people, bare_people, ours, bare, processor, percentile(statements, 0.95))


async def _drive(ports: list[int], offices: list[Office], seconds: float, pause: float = 0.0) -> Latencies:
    """Every client on one of the ``ports``, waiting ``pause`` seconds on average before his next request."""
    latencies = Latencies(seconds=seconds)
    deadline = time.perf_counter() + seconds

    async def work(number: int, office: Office) -> None:
        port = ports[number % len(ports)]
        connection, chance = Connection(port), random.Random(number)
        for name in itertools.islice(itertools.cycle(REQUESTS), number % len(REQUESTS), None):
            await asyncio.sleep(chance.uniform(0, 2 * pause))
            sent = time.perf_counter()
            if sent >= deadline:
                break
            path, body = REQUESTS[name](office)
            status, answer = await connection.request(_request(port, office.key, path, body))
            if status not in (200, 201):
                raise ConnectionError(f"{path}: {status} {answer[:300]!r}")
            latencies.by_request[name].append((time.perf_counter() - sent) * 1000)
        connection.close()

    await asyncio.gather(*(work(number, office) for number, office in enumerate(offices)))
    return latencies


async def _drive_bare(port: int, offices: list[Office], seconds: float, pause: float = 0.0) -> Latencies:
    latencies = Latencies(seconds=seconds)
    deadline = time.perf_counter() + seconds

    async def work(number: int, office: Office) -> None:
        connection, chance = Connection(port), random.Random(number)
        while True:
            await asyncio.sleep(chance.uniform(0, 2 * pause))
            if (sent := time.perf_counter()) >= deadline:
                break
            await connection.get(f"/clients/{office.organization_id}")
            latencies.by_request["bare"].append((time.perf_counter() - sent) * 1000)
        connection.close()

    await asyncio.gather(*(work(number, office) for number, office in enumerate(offices)))
    return latencies


def _request(port: int, key: str, path: str, body: dict[str, Any] | None) -> bytes:
    headers = {"authorization": f"Bearer {key}"}
    if body is None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in {"host": f"127.0.0.1:{port}", **headers}.items())
        return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()
    return post(port, path, json.dumps(body).encode(), headers | {"idempotency-key": new_id().hex})


def _counts(url: str) -> dict[str, int]:
    query = (
        "select (select count(*) from organizations), (select count(*) from whatsapp_messages), "
        "(select count(*) from quotes) + (select count(*) from invoices)"
    )
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return dict(zip(("companies", "messages", "documents"), row, strict=True))
