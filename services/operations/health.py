"""Is this process able to serve: the database answers and has the schema this code was written for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from db.repositories import operations as repository
from db.revision import head
from db.session import Database

_PATIENCE_SECONDS = 5


@dataclass(frozen=True)
class Health:
    """``reason`` is None when the process can serve, else one sentence for the operator."""

    reason: str | None
    revision: str | None = None
    workers: int = 0


async def check_health(database: Database, heartbeat_seconds: float) -> Health:
    """Asks the database; never raises on a database error. Workers are told, not required: messages wait for them."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), database.engine.connect() as connection:
            revision = await repository.schema_revision(connection)
            if revision != head():
                return Health(
                    f"The database is at revision {revision}, the code needs {head()}: usta migrate", revision
                )
            workers = await repository.living_workers(connection, within_seconds=3 * heartbeat_seconds)
    except (SQLAlchemyError, OSError) as error:
        return Health(f"The database does not answer: {str(error.__cause__ or error).strip().splitlines()[0]}")
    return Health(None, revision, workers)
