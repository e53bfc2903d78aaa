"""Moving what is encrypted to the current key, in batches, and saying what lies under which key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column

from db.repositories import encrypted as repository
from db.session import Database

BATCH = 500


@dataclass(frozen=True, slots=True)
class Held:
    """``rows`` rows of "table.column" hold something sealed with ``key_id`` ("" = in the clear)."""

    place: str
    key_id: str
    rows: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """``rows`` rows of "table.column" were sealed anew since the rotation began."""

    place: str
    rows: int


async def held(database: Database) -> list[Held]:
    """What lies under which key, place by place. Reads every table once."""
    found: list[Held] = []
    for column in repository.columns():
        async with database.system() as session:
            counts = await repository.key_ids(session, column)
        found += [Held(_place(column), key_id, rows) for key_id, rows in sorted(counts.items())]
    for table in repository.CHECKPOINTS:
        async with database.system() as session:
            counts = await repository.checkpoint_key_ids(session, table)
        found += [Held(f"langgraph.{table}", key_id, rows) for key_id, rows in sorted(counts.items())]
    return found


async def rotate(database: Database, batch: int = BATCH) -> AsyncIterator[Sealed]:
    """Seals everything with the current key, one batch per transaction; may be stopped at any time and begun again.

    What lies in the clear from before encryption is sealed too. Rows that are being written are left for the next pass.
    Raises ``Unreadable`` where the key of a value is missing: nothing of it is changed.
    """
    for column in repository.columns():
        done = 0
        async for rows in _column(database, column, batch):
            done += rows
            yield Sealed(_place(column), done)
    for table in repository.CHECKPOINTS:
        done, rows = 0, batch
        while rows:
            async with database.system() as session:
                rows = await repository.seal_checkpoints_again(session, database.keyring(), table, batch)
            done += rows
            yield Sealed(f"langgraph.{table}", done)


async def _column(database: Database, column: Column[Any], batch: int) -> AsyncIterator[int]:
    """Passes over a column until one finds nothing; yields what each batch sealed."""
    sealed = 1
    while sealed:
        sealed, last = 0, None
        while True:
            async with database.system() as session:
                rows, last = await repository.seal_again(session, database.keyring(), column, last, batch)
            if last is None:
                break
            sealed += rows
            yield rows


def _place(column: Column[Any]) -> str:
    return f"{column.table}.{column.name}"
