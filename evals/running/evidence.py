"""What a talk leaves in the database, in the storage and on phones, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from psycopg import sql

from db.models import Base
from db.models.encrypted import opened
from evals.running.transport import as_heard
from evals.running.world import World
from evals.traces import Heard, MadeDocument, RowChange
from services.documents.paper_checks import page_texts
from services.storage.keys import place_of

Rows = dict[str, dict[str, dict[str, Any]]]
"""Rows by table, then by key."""

_NOT_ROWS = frozenset(
    {
        "whatsapp_messages", "whatsapp_chats", "turns", "model_usage", "document_versions", "document_events",
        "system_logs", "approvals", "outbox",
    }
)  # fmt: skip
"""Tables that are told of otherwise, or that every talk writes to."""
_NOT_COLUMNS = ("snapshot", "updated_at", "provenance")
_OWNED = tuple(
    table.name
    for table in Base.metadata.sorted_tables
    if "organization_id" in table.columns and table.name != "organizations"
)
WATCHED = tuple(name for name in _OWNED if name not in _NOT_ROWS)
_MARKS = sql.SQL(" union all ")


async def snapshot(world: World, organization_id: str, tables: Iterable[str] = WATCHED) -> Rows:
    """Every row of a company, its own included."""
    parts = [
        sql.SQL("select {} as name, to_jsonb(t) as row from {} t where organization_id = {}").format(
            sql.Literal(table), sql.Identifier(table), sql.Literal(organization_id)
        )
        for table in tables
    ]
    parts.append(
        sql.SQL("select 'organizations', to_jsonb(t) from organizations t where id = {}").format(
            sql.Literal(organization_id)
        )
    )
    found: Rows = {}
    keys = world.installation.keyring()
    async with world.connection() as connection:
        async for record in await connection.execute(_MARKS.join(parts)):
            kept = {key: value for key, value in record["row"].items() if key not in _NOT_COLUMNS}
            row = opened(keys, kept)
            found.setdefault(record["name"], {})[_key(row)] = row
    return found


async def everything(world: World, organization_id: str) -> Rows:
    """Every row of every table that carries the company's id: for a company in which nothing may happen."""
    return await snapshot(world, organization_id, _OWNED)


def changes(before: Rows, after: Rows) -> list[RowChange]:
    """What was added, changed or removed, in the order of the tables and then of the keys, which is that of time."""
    found = []
    for table in (*_OWNED, "organizations"):
        old, new = before.get(table, {}), after.get(table, {})
        found += [
            RowChange(table=table, before=old.get(key), after=new.get(key))
            for key in sorted({*old, *new})
            if old.get(key) != new.get(key)
        ]
    return found


def names(rows: Rows) -> dict[str, list[str]]:
    """What rows are called, by id: clients by name, with their title too, documents by number."""
    found = {
        key: [row["name"], *([f"{row['title']} {row['name']}"] if row.get("title") else [])]
        for key, row in rows.get("clients", {}).items()
    }
    for table in ("quotes", "invoices"):
        found |= {key: [row["number"]] for key, row in rows.get(table, {}).items() if row.get("number")}
    return found


async def told(world: World, table: str, organization_id: str, order: str = "created_at") -> list[dict[str, Any]]:
    """All rows of one table of a company in the order they were written."""
    statement = sql.SQL("select to_jsonb(t) as row from {} t where organization_id = {} order by {}").format(
        sql.Identifier(table), sql.Literal(organization_id), sql.Identifier(order)
    )
    keys = world.installation.keyring()
    async with world.connection() as connection:
        cursor = await connection.execute(statement)
        return [opened(keys, record["row"]) for record in await cursor.fetchall()]


async def versions(world: World, organization_id: str) -> list[dict[str, Any]]:
    """The versions of documents: what was shown, and when."""
    wanted = ("document_id", "version", "payload_hash", "recap_shown_at", "inbound_message_id")
    return [{key: row[key] for key in wanted} for row in await told(world, "document_versions", organization_id)]


def documents(home: Path, outbox: Iterable[dict[str, Any]], called: dict[str, list[str]]) -> list[MadeDocument]:
    """The text of every PDF that was put into the outbox, each once."""
    found: dict[str, MadeDocument] = {}
    for row in outbox:
        key = row.get("attachment_key")
        if not key or key in found or not str(row.get("filename") or key).endswith(".pdf"):
            continue
        path = home / "files" / place_of(key).path
        if path.exists():
            number = next(iter(called.get(str(row.get("document_id")), [])), None)
            text = "\n".join(page_texts(path.read_bytes()))
            found[key] = MadeDocument(kind=row.get("document_kind") or "document", number=number, text=text)
    return list(found.values())


async def on_phones(world: World, phones: Iterable[str]) -> list[Heard]:
    """Everything that reached these phones from the assistant, phone by phone."""
    found: list[Heard] = []
    for phone in phones:
        messages = (await world.get("/simulator/outbound", to=phone, after=0))["messages"]
        found += [as_heard(message) for message in messages]
    return found


def _key(row: dict[str, Any]) -> str:
    return str(row.get("id") or "/".join(str(row.get(part)) for part in ("series", "year", "sequence", "name")))
