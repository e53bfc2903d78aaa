"""The job queue: Procrastinate on the same database, in its own schema, so that a job commits with the rows it is about."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncSession

from db.session import SEARCH_PATH, Database, raw_connection

queue = App(connector=PsycopgConnector())


@asynccontextmanager
async def open_queue(url: str, *, pool_size: int = 4) -> AsyncIterator[App]:
    """Opens the queue's own connections; needed to run a worker or to defer outside a session."""
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        url,
        open=False,
        min_size=1,
        max_size=pool_size,
        check=_check_unless_fresh,
        configure=_configure,
        kwargs={"options": f"-c search_path={SEARCH_PATH}", "application_name": "usta-queue"},
    )
    # A connector keeps the first pool it is given for ever, so each opening gets its own.
    with queue.replace_connector(PsycopgConnector()):
        async with pool, queue.open_async(pool):
            yield queue


async def _configure(connection: AsyncConnection[Any]) -> None:
    """One statement per transaction: the queue's own queries need no BEGIN and COMMIT around them."""
    await connection.set_autocommit(True)


_FRESH_SECONDS = 1.0
_checked: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()


async def _check_unless_fresh(connection: AsyncConnection[Any]) -> None:
    """Replaces a connection that PostgreSQL has closed; one that was checked a moment ago is not asked again."""
    if time.monotonic() - _checked.get(connection, 0.0) > _FRESH_SECONDS:
        await AsyncConnectionPool.check_connection(connection)
        _checked[connection] = time.monotonic()


CARRIED = "_carried"
"""Argument of a job that is not its task's: what its maker gave along for whoever runs it (``db.queue_worker``)."""
_carried: list[Callable[[], dict[str, str]]] = []


def carry_along(give: Callable[[], dict[str, str]] | None) -> None:
    """Every job deferred from now on carries what ``give`` returns; None = nothing any more."""
    _carried[:] = [give] if give else []


async def defer(
    session: AsyncSession,
    task: str,
    *,
    lock: str | None = None,
    schedule_at: datetime | None = None,
    priority: int = 0,
    **arguments: Any,
) -> int:
    """Defers the job ``task`` inside the session's transaction: it exists only if the transaction commits.

    ``lock`` serialises jobs (one chat, one document); ``arguments`` are JSON values. Returns the job's id.
    """
    if _carried and (along := _carried[0]()):
        arguments[CARRIED] = along
    deferrer = queue.configure_task(
        name=task,
        lock=lock,
        schedule_at=schedule_at,
        priority=priority,
        connection=await raw_connection(session),
    )
    return await deferrer.defer_async(**arguments)


_database: list[Database] = []


def use_database(database: Database) -> None:
    """Names the database that jobs of this process work on; called once at start-up."""
    _database[:] = [database]


def database() -> Database:
    """The database of this process's jobs. Raises ``LookupError`` before ``use_database``."""
    if not _database:
        raise LookupError("use_database() was not called in this process")
    return _database[0]
