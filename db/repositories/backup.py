"""Queries of backup and restore, on a plain connection of the owner: which tables there are, what they hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

SCHEMAS = ["public", "jobs", "langgraph"]
"""Our tables, the queue's and LangGraph's: everything that a backup holds."""
_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname = any(%s) order by 1, 2
"""
_HIDDEN = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname = any(%s) and row_security_active(c.oid) order by 1
"""
_DOCUMENTS = """
select pdf_key from public.quotes where pdf_status = 'ready' and pdf_key is not null
union all select pdf_key from public.invoices where pdf_status = 'ready' and pdf_key is not null
"""
_DOUBT_UNSENT = """
update public.outbox set status = 'sending', sending_at = coalesce(sending_at, created_at), not_before = null
 where status = 'queued' and channel = 'whatsapp'
"""


async def tables(connection: AsyncConnection[Any]) -> list[tuple[str, str]]:
    """(schema, name) of every table."""
    cursor = await connection.execute(_TABLES, (SCHEMAS,))
    return [(schema, name) for schema, name in await cursor.fetchall()]


async def tables_with_hidden_rows(connection: AsyncConnection[Any]) -> list[str]:
    """Tables of which row-level security shows this login only a part."""
    return [name for (name,) in await (await connection.execute(_HIDDEN, (SCHEMAS,))).fetchall()]


async def row_counts(connection: AsyncConnection[Any]) -> dict[str, int]:
    """Rows of every table, as ``schema.name``; exact, in the transaction's snapshot."""
    counts = {}
    for schema, name in await tables(connection):
        statement = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
        row = await (await connection.execute(statement)).fetchone()
        counts[f"{schema}.{name}"] = int(row[0]) if row else 0
    return counts


async def export_snapshot(connection: AsyncConnection[Any]) -> str:
    """Lets another session read what this transaction reads."""
    row = await (await connection.execute("select pg_export_snapshot()")).fetchone()
    assert row is not None
    return str(row[0])


async def revision(connection: AsyncConnection[Any]) -> str | None:
    """The schema's revision, None when the database was never migrated."""
    found = await (await connection.execute("select to_regclass('public.alembic_version')")).fetchone()
    if found is None or found[0] is None:
        return None
    row = await (await connection.execute("select version_num from public.alembic_version")).fetchone()
    return str(row[0]) if row else None


async def organizations(connection: AsyncConnection[Any]) -> list[UUID]:
    """Every tenant."""
    return [id_ for (id_,) in await (await connection.execute("select id from public.organizations")).fetchall()]


async def document_keys(connection: AsyncConnection[Any]) -> list[str]:
    """Keys of the PDFs that issued documents are said to have."""
    return [key for (key,) in await (await connection.execute(_DOCUMENTS)).fetchall()]


async def doubt_unsent(connection: AsyncConnection[Any]) -> None:
    """What waited when the backup was made may have left since: delivery looks into its chat before it sends it."""
    await connection.execute(_DOUBT_UNSENT)


async def drop_everything(connection: AsyncConnection[Any]) -> None:
    """Empties the database: the schemas go with all that is in them, ``public`` comes back empty."""
    for schema in SCHEMAS:
        await connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
    await connection.execute("create schema public")
