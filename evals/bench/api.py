"""The admin API under fifty clients at once, on a database of 200 companies and on one ten times larger.

Every client has a key of a company of his own and sends his next request when the last is answered; the ten requests are
those that an office makes most. Server, PostgreSQL and clients share the machine. The baseline is a bare FastAPI route
that reads one page of clients by one raw query: no sign-in, no row-level security, no limits, no log.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from db.models.base import new_id
from db.session import Database
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


@dataclass
class Latencies:
    """Milliseconds from sending to the last byte, by request."""

    by_request: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: float = 0.0
    processor: dict[str, float] = field(default_factory=dict)
    """Milliseconds of processor time of one request, by part: what a busy neighbour on the machine changes least."""

    @property
    def all(self) -> list[float]:
        return [taken for one in self.by_request.values() for taken in one]


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


def measure(*, companies: int, clients: int, seconds: float, growth: int = GROWTH) -> Iterable[dict[str, Any]]:
    """p50 and p95 of each request on ``companies`` companies, then their p95 on ``growth`` times as many."""
    return asyncio.run(_measure(companies, clients, seconds, growth))


async def _measure(companies: int, clients: int, seconds: float, growth: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="usta-bench-", ignore_cleanup_errors=True) as folder:
        async with Installation(Path(folder), workers=0, settings=SETTINGS) as installation:
            database = Database(installation.url, pool_size=4, keyring=installation.keyring)
            try:
                model = await make_model_company(database)
                await _grow(database, model, range(1, companies))
                offices = await _offices(database, model, clients)
                size = _counts(installation.url)
                figures = await _round(installation, offices, seconds)
                figures_of = _figures(figures, size, clients)
                if growth > 1:
                    await _grow(database, model, range(companies, companies * growth))
                    grown = await _round(installation, offices, seconds)
                    figures_of += _growth_figures(figures, grown, _counts(installation.url), clients)
                return figures_of
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


@dataclass
class Round:
    """One measurement of one size of the database."""

    ours: Latencies
    bare: Latencies
    statements_p95: float
    """Milliseconds, by PostgreSQL's own clock."""


async def _round(installation: Installation, offices: list[Office], seconds: float) -> Round:
    async with bare_route(installation, "evals.bench.bare_clients") as bare_port:
        await _drive(installation.port, offices, WARM_UP_SECONDS)
        used = installation.processor_seconds()
        with statement_milliseconds(installation.url, installation.home / "postgres" / "log") as statements:
            ours = await _drive(installation.port, offices, seconds)
        ended = installation.processor_seconds()
        ours.processor = {part: 1000 * (ended[part] - used[part]) / len(ours.all) for part in ("api", "postgres")}
        await _drive_bare(bare_port, offices, WARM_UP_SECONDS)
        bare = await _drive_bare(bare_port, offices, seconds / 2)
    return Round(ours, bare, percentile(statements, 0.95))


async def _drive(port: int, offices: list[Office], seconds: float) -> Latencies:
    latencies = Latencies(seconds=seconds)
    deadline = time.perf_counter() + seconds

    async def work(number: int, office: Office) -> None:
        connection = Connection(port)
        for name in itertools.islice(itertools.cycle(REQUESTS), number % len(REQUESTS), None):
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


async def _drive_bare(port: int, offices: list[Office], seconds: float) -> Latencies:
    latencies = Latencies(seconds=seconds)
    deadline = time.perf_counter() + seconds

    async def work(office: Office) -> None:
        connection = Connection(port)
        while (sent := time.perf_counter()) < deadline:
            await connection.get(f"/clients/{office.organization_id}")
            latencies.by_request["bare"].append((time.perf_counter() - sent) * 1000)
        connection.close()

    await asyncio.gather(*(work(office) for office in offices))
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


_BASELINE = "bare FastAPI route, one raw query of a page of clients, as many connections"


def _figures(round_: Round, size: dict[str, int], clients: int) -> list[dict[str, Any]]:
    bare = percentile(round_.bare.all, 0.95)
    figures: list[dict[str, Any]] = []
    for name, taken in {**round_.ours.by_request, "all ten": round_.ours.all}.items():
        p95 = percentile(taken, 0.95)
        figures.append(
            {
                "figure": f"{name}, p95 with {clients} clients",
                "unit": "ms",
                "value": round(p95, 1),
                "p50": round(percentile(taken, 0.5), 1),
                "baseline": round(bare, 1),
                "ratio": round(p95 / bare, 2),
                "baseline_is": _BASELINE,
                "requests": len(taken),
                **size,
            }
        )
    ours_rate, bare_rate = (len(one.all) / one.seconds for one in (round_.ours, round_.bare))
    figures.append(
        {
            "figure": f"requests answered, {clients} clients",
            "unit": "requests/s",
            "value": round(ours_rate, 1),
            "baseline": round(bare_rate, 1),
            "ratio": round(ours_rate / bare_rate, 2),
            "baseline_is": _BASELINE,
            **size,
        }
    )
    figures.append(
        {
            "figure": "processor time of a request",
            "unit": "ms",
            "value": round(sum(round_.ours.processor.values()), 2),
            "parts": {part: round(used, 2) for part, used in round_.ours.processor.items()},
            **size,
        }
    )
    figures.append(
        {"figure": "a statement in PostgreSQL, p95", "unit": "ms", "value": round(round_.statements_p95, 2), **size}
    )
    return figures


def _growth_figures(small: Round, grown: Round, size: dict[str, int], clients: int) -> list[dict[str, Any]]:
    figures: list[dict[str, Any]] = []
    for name in (*small.ours.by_request, "all ten"):
        before = small.ours.all if name == "all ten" else small.ours.by_request[name]
        after = grown.ours.all if name == "all ten" else grown.ours.by_request[name]
        first, second = percentile(before, 0.95), percentile(after, 0.95)
        figures.append(
            {
                "figure": f"{name}, p95 with {clients} clients, larger database",
                "unit": "ms",
                "value": round(second, 1),
                "baseline": round(first, 1),
                "ratio": round(second / first, 2),
                "baseline_is": "the same request on the smaller database of this run",
                **size,
            }
        )
    figures.append(
        {
            "figure": "a statement in PostgreSQL, p95, larger database",
            "unit": "ms",
            "value": round(grown.statements_p95, 2),
            "baseline": round(small.statements_p95, 2),
            "ratio": round(grown.statements_p95 / small.statements_p95, 2),
            "baseline_is": "the smaller database of this run",
            **size,
        }
    )
    return figures
