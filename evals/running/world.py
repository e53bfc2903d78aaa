"""The throw-away Usta of a run: all scenarios share it, each in a company of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool

from db.models.encrypted import opened
from evals.installation import WORKER, Installation

PATIENCE_SECONDS = 90.0
"""How long an answer may take; only so that a run ends when one never comes."""
HOLD_SECONDS = 15
"""As in production, for what is said about it; the end of a talk does not wait for it (see ``transport``)."""
_SETTINGS = {
    "RATE_LIMITS": "false",
    "DEBOUNCE_SCALE": "0",
    "CLIENT_SEND_HOLD_SECONDS": str(HOLD_SECONDS),
    "HEARTBEAT_SECONDS": "3",  # a killed worker is missed after three; on a busy machine less would miss living ones
    "WORKER_CONCURRENCY": "8",
    "DATABASE_POOL_SIZE": "12",
}
Connection = psycopg.AsyncConnection[dict[str, Any]]


class World:
    """A running installation, its HTTP client, and connections as the owner of its database.

    ``settings`` are environment variables of its processes, such as UNDERSTANDER; ``worker`` is what follows
    ``python -m`` for a worker. ``patience``: seconds that an answer may take.
    """

    def __init__(
        self,
        home: Path,
        *,
        workers: int = 2,
        talks: int = 8,
        settings: Mapping[str, str] | None = None,
        worker: Sequence[str] = WORKER,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.patience = patience
        self.installation = Installation(home, workers, {**_SETTINGS, **(settings or {})}, worker)
        self._talks = talks
        self._stack = AsyncExitStack()
        self.http: httpx.AsyncClient
        self._pool: AsyncConnectionPool[Connection]

    async def __aenter__(self) -> World:
        try:
            await self._stack.enter_async_context(self.installation)
            limits = httpx.Limits(max_connections=4 * self._talks + 8)
            client = httpx.AsyncClient(base_url=self.installation.address, timeout=90, limits=limits, trust_env=False)
            self.http = await self._stack.enter_async_context(client)
            pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
                self.installation.url,
                kwargs={
                    "autocommit": True,
                    "row_factory": dict_row,
                    "options": "-c timezone=UTC -c search_path=public,jobs",
                },
                configure=_exact_numbers,
                min_size=1,
                max_size=2 * self._talks + 2,
                open=False,
            )
            self._pool = await self._stack.enter_async_context(pool)
            await self._forget_durability()
            # receipts come whenever they come: without them a message that left says "sent", every time
            (await self.http.patch("/simulator/behaviour", json={"receipts": False})).raise_for_status()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def connection(self) -> Any:
        """A connection for a block, autocommit; rows are dicts, numbers inside JSON are exact texts."""
        return self._pool.connection()

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Runs one statement as the owner of the database, outside row-level security."""
        async with self.connection() as connection:
            cursor = await connection.execute(statement, values)
            return (
                [opened(self.installation.keyring(), row) for row in await cursor.fetchall()]
                if cursor.description
                else []
            )

    async def get(self, path: str, **params: Any) -> Any:
        """GET of the simulator's control API."""
        answer = await self.http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    async def _forget_durability(self) -> None:
        """Nobody needs this database after a power cut."""
        async with self.connection() as connection:
            for name in ("synchronous_commit", "fsync", "full_page_writes"):
                await connection.execute(f"alter system set {name} = off")
            await connection.execute("select pg_reload_conf()")


async def _exact_numbers(connection: Connection) -> None:
    set_json_loads(partial(json.loads, parse_float=str), connection)


def now() -> datetime:
    """The moment, with zone."""
    return datetime.now(UTC)
