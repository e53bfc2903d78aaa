"""Queries over every encrypted cell of the database, across tenants: what is sealed with which key, and sealing anew.

Rows that somebody else holds are passed over: the next pass finds them. A cell is read as it lies there, so what nobody can
open any more stays as it is.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Column, ColumnElement, String, bindparam, func, select, text, true, type_coerce, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.checkpoints import CIPHER, ThreadSerializer
from db.encryption import PREFIX, Keyring
from db.models import Base, WhatsappMessage
from db.models.encrypted import Cell, Encrypted, EncryptedBytes, EncryptedJson, EncryptedMembers

CHECKPOINTS = {
    "checkpoint_blobs": ("thread_id", "checkpoint_ns", "channel", "version"),
    "checkpoint_writes": ("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "idx"),
}
"""Tables of LangGraph's that carry sealed values, with their keys."""
_NEWEST = 200


def columns() -> list[Column[Any]]:
    """Every encrypted column of the models."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Encrypted)
    ]


async def key_ids(session: AsyncSession, column: Column[Any]) -> dict[str, int]:
    """How many rows of a column hold something under each key; "" for what lies in the clear."""
    found = _ids_in(column).label("key_id")
    query = select(found, func.count()).where(_holds_something(column)).group_by(found)
    return {str(row[0] or ""): int(row[1]) for row in await session.execute(query)}


async def newest_key_ids(session: AsyncSession) -> set[str]:
    """The keys of the messages that came last."""
    newest = select(WhatsappMessage.id).order_by(WhatsappMessage.id.desc()).limit(_NEWEST)
    column = cast("Column[Any]", WhatsappMessage.__table__.c.text)
    query = select(_ids_in(column)).where(_holds_something(column), WhatsappMessage.id.in_(newest)).distinct()
    return {str(each or "") for each in (await session.scalars(query)).all()}


async def seal_again(
    session: AsyncSession, keys: Keyring, column: Column[Any], after: UUID | None, limit: int
) -> tuple[int, UUID | None]:
    """Seals the next ``limit`` rows of a column after ``after`` with the current key; how many, and the last one's id.

    The id is None when no row is left. Raises ``Unreadable`` for a cell whose key is missing.
    """
    table, kind = column.table, cast(Encrypted, column.type)
    query = select(table.c.id, type_coerce(column, kind.impl_instance)).where(
        _holds_something(column), _may_be_old(column, keys.current)
    )
    if after is not None:
        query = query.where(table.c.id > after)
    rows = (await session.execute(query.order_by(table.c.id).limit(limit).with_for_update(skip_locked=True))).all()
    kept = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
    old = [(row_id, stored) for row_id, stored in rows if not kind.is_current(keys, stored)]
    if old:
        statement = update(table).where(table.c.id == bindparam("row"))
        statement = statement.values({column.name: bindparam("plain", type_=column.type), **kept})
        connection = await session.connection()
        await connection.execute(
            statement,
            [{"row": row_id, "plain": Cell(row_id, kind.plain(keys, stored, row_id))} for row_id, stored in old],
        )
    return len(old), rows[-1][0] if rows else None


async def checkpoint_key_ids(session: AsyncSession, table: str) -> dict[str, int]:
    """How many values of a table of LangGraph's are sealed with each key."""
    query = text(
        f"select coalesce(substring(type from '[+]{CIPHER}(.+)$'), '') as key_id, count(*) "
        f"from langgraph.{table} where type <> 'empty' group by 1"
    )
    return {row[0]: int(row[1]) for row in await session.execute(query)}


async def seal_checkpoints_again(session: AsyncSession, keys: Keyring, table: str, limit: int) -> int:
    """Seals ``limit`` values of LangGraph's with the current key; how many it were."""
    key = ", ".join(CHECKPOINTS[table])
    query = text(
        f"select {key}, type, blob from langgraph.{table} where type <> 'empty' and type not like :current "
        f"order by {key} limit :limit for update skip locked"
    )
    rows = (await session.execute(query, {"current": f"%+{CIPHER}{keys.current}", "limit": limit})).all()
    where = " and ".join(f"{name} = :{name}" for name in CHECKPOINTS[table])
    statement = text(f"update langgraph.{table} set type = :new_type, blob = :new_blob where {where}")
    for row in rows:
        serializer = ThreadSerializer(keys, row.thread_id)
        new_type, new_blob = serializer.sealed_again((row.type, bytes(row.blob)))
        await session.execute(statement, {**row._asdict(), "new_type": new_type, "new_blob": new_blob})
    return len(rows)


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """What lies in a column, sealed as it is, without what may be read anyway."""
    raw = type_coerce(column, cast(Encrypted, column.type).impl_instance)
    if isinstance(column.type, EncryptedMembers):
        return raw.op("-", return_type=JSONB())(sql_cast(list(column.type.clear), ARRAY(String)))
    return raw


def _as_text(column: Column[Any]) -> ColumnElement[Any]:
    raw = _raw(column)
    return func.encode(raw, "escape") if isinstance(column.type, EncryptedBytes) else sql_cast(raw, String)


def _ids_in(column: Column[Any]) -> ColumnElement[Any]:
    return func.substring(_as_text(column), f"{PREFIX}([A-Za-z0-9_.-]+):")


def _holds_something(column: Column[Any]) -> ColumnElement[bool]:
    if isinstance(column.type, EncryptedJson):
        return column.is_not(None) & _as_text(column).not_in(["{}", "[]", "null"])
    return column.is_not(None)


def _may_be_old(column: Column[Any], current: str) -> ColumnElement[bool]:
    """True where another key sealed; objects whose members are sealed singly may hold several and are looked into."""
    if isinstance(column.type, EncryptedMembers):
        return true()
    quote = '"' if isinstance(column.type, EncryptedJson) else ""
    return ~_as_text(column).startswith(f"{quote}{PREFIX}{current}:", autoescape=True)
