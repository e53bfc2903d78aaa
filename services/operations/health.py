"""Is this process able to serve, and how is everything that it depends on (EP93, R295).

Two questions an orchestrator asks: is the process alive (it answers), and is it ready for traffic (the database answers
and has at least the schema that this code knows). Everything else is told, and does not take a process out of traffic:
messages are kept and wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.encryption import NoEncryptionKeys
from db.repositories import encrypted
from db.repositories import operations as repository
from db.revision import head
from db.session import Database
from db.settings import Settings

State = Literal["ok", "degraded", "down", "off"]
"""off: not configured, and nothing misses it."""
OLDEST_JOB_SECONDS = 60.0
"""A job that has been due for so long: workers are too few, or stuck."""
FAILURES_IN_A_ROW = 3
"""Model calls that fail one after another: as many as open a circuit (``breaker``)."""
_PATIENCE_SECONDS = 5


@dataclass(frozen=True)
class Dependency:
    """How one dependency is, in words for an operator; no addresses, no secrets: anybody may read them."""

    state: State
    detail: str = ""


@dataclass(frozen=True)
class Health:
    """``reason`` is None when the process can serve, else one sentence for the operator."""

    reason: str | None
    revision: str | None = None
    workers: int = 0


async def check_health(database: Database, heartbeat_seconds: float) -> Health:
    """Asks the database; never raises on a database error. Workers are told, not required: messages wait for them.

    A newer schema is right: while a deployment rolls, processes of the version before work on it (docs/operations.md).
    """
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), database.engine.connect() as connection:
            revision = await repository.schema_revision(connection)
            if revision is None or revision < head():
                return Health(
                    f"The database is at revision {revision}, the code needs {head()}: usta migrate", revision
                )
            workers = await repository.living_workers(connection, within_seconds=3 * heartbeat_seconds)
    except (SQLAlchemyError, OSError) as error:
        return Health(f"The database does not answer: {str(error.__cause__ or error).strip().splitlines()[0]}")
    return Health(None, revision, workers)


async def dependencies(database: Database, settings: Settings, health: Health) -> dict[str, Dependency]:
    """How each dependency is. Never raises."""
    found = {"database": Dependency("down" if health.reason and health.revision is None else "ok")}
    if health.reason:
        found["migrations"] = Dependency("down", "usta migrate" if health.revision else "")
        return found
    found["migrations"] = Dependency("ok", f"revision {health.revision}")
    found["encryption"] = await _encryption(database)
    found["workers"] = Dependency("ok" if health.workers else "degraded", f"{health.workers} running")
    checks: dict[str, Callable[[AsyncConnection, Settings], Awaitable[Dependency]]] = {
        "queue": _queue,
        "storage": _storage,
        "channel": _channel,
        "model": _model,
    }
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), database.engine.connect() as connection:
            for name, check in checks.items():
                found[name] = await check(connection, settings)
    except (SQLAlchemyError, OSError):
        found["database"] = Dependency("down", "it broke off while it was asked")
    return found


async def _encryption(database: Database) -> Dependency:
    """The keys are there, and they open what came last."""
    try:
        keys = database.keyring()
        async with asyncio.timeout(_PATIENCE_SECONDS), database.system() as session:
            missing = await encrypted.newest_key_ids(session) - {*keys.ids, ""}
    except NoEncryptionKeys:
        return Dependency("down", "no keys are configured: nothing that people write can be kept")
    except (SQLAlchemyError, OSError):
        return Dependency("ok", "not looked at: the database broke off")
    if missing:
        return Dependency("down", "what was written lately is sealed with a key that is not configured")
    return Dependency("ok")


async def _queue(connection: AsyncConnection, settings: Settings) -> Dependency:
    age = await repository.oldest_job_seconds(connection)
    return Dependency("ok" if age < OLDEST_JOB_SECONDS else "degraded", f"the oldest due job waits for {age:.0f} s")


async def _storage(connection: AsyncConnection, settings: Settings) -> Dependency:
    """As the workers last found it: they look every minute."""
    if await repository.last_event(connection, ("storage.down", "storage.back")) == "storage.down":
        return Dependency("degraded", "the object store does not answer; files wait on the machines")
    return Dependency("ok", "object store" if settings.storage_url else "folder")


async def _channel(connection: AsyncConnection, settings: Settings) -> Dependency:
    if settings.simulated_channel:
        return Dependency("ok", "simulator")
    states = await repository.assistant_states(connection)
    if "connected" in states:
        return Dependency("ok", "the assistant's number is connected")
    return Dependency("down", f"the assistant's number is {states[0]}" if states else "the assistant has no number yet")


async def _model(connection: AsyncConnection, settings: Settings) -> Dependency:
    """Judged by the calls that workers made: a probe of our own would cost money and prove less."""
    if settings.understander_in_use == "grammar":
        return Dependency("off", "the grammar reads alone")
    latest = await repository.latest_model_outcomes(connection, FAILURES_IN_A_ROW)
    if len(latest) == FAILURES_IN_A_ROW and "ok" not in latest:
        return Dependency("degraded", f"the last {FAILURES_IN_A_ROW} calls failed ({latest[0]}); the grammar answers")
    return Dependency("ok")
