"""A database as large as wanted: one company made through the product's own ways, then copied row by row.

The copies are what PostgreSQL would hold had every company done the same: every row of the model company with new ids and
its own unique texts, indexes kept up, triggers and foreign keys skipped while copying. Ids are random, so pages of an index
are no closer together than in real life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import select

from db.encryption import Keyring
from db.models import Conversation, Invoice, Quote, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.models.encrypted import EncryptedJson, opened
from db.repositories.encrypted import columns
from db.session import Database
from services.accounts.scene import create_artisan

CLIENTS, QUOTES, INVOICES, MESSAGES = 40, 60, 40, 500
"""Of one company: 200 companies make 20 000 documents and 100 000 messages."""
PHONE = "+33699000000"
_STREETS = ("rue des Lilas", "cours Émile-Zola", "avenue Jean-Jaurès", "chemin du Moulin", "place Bellecour")
_NAMES = ("Martin", "Lefebvre", "Kaya", "Garnier", "Yılmaz", "Moreau", "Öztürk", "Bernard")
_WORK = (
    ("Pose de placo BA13", "m²", "35"),
    ("Peinture acrylique, deux couches", "m²", "18"),
    ("Dépose de l'ancien carrelage", "m²", "15"),
    ("Pose de plinthes", "ml", "9.50"),
    ("Évacuation des gravats", "forfait", "180"),
)
_SAID = (
    "devis Mme Martin, 12 m² de placo à 35",
    "ajoute 20 m² peinture à 18",
    "la 1 à 37",
    "ok",
    "tamam",
    "c'est noté",
)


@dataclass(frozen=True)
class Table:
    """A table of tenants: its columns in order, and those whose text must be another in every copy."""

    name: str
    columns: tuple[tuple[str, str, int | None], ...]
    distinct: frozenset[str]


async def make_model_company(database: Database) -> UUID:
    """The company that is copied; its documents are issued through the same gates as any other."""
    names = [f"{_NAMES[number % len(_NAMES)]} {number}" for number in range(CLIENTS)]
    scene = {
        "phone": PHONE,
        "name": "Karim Benali",
        "company": "KB Rénovation",
        "clients": [
            {"name": name, "address": f"{number + 1} {_STREETS[number % len(_STREETS)]}, 69003 Lyon"}
            for number, name in enumerate(names)
        ],
        "quotes": [_quote(number, names) for number in range(QUOTES)],
        "invoices": [
            {"client": names[number % CLIENTS], "lines": _lines(number), "status": "sent"} for number in range(INVOICES)
        ],
    }
    made = await create_artisan(database, scene)
    organization_id = UUID(made["organization_id"])
    await _add_messages(database, organization_id)
    await _add_runs(database, organization_id)
    return organization_id


def _quote(number: int, names: list[str]) -> dict[str, Any]:
    status = ("sent", "accepted", "issued", "draft")[number % 4]
    return {"client": names[number % CLIENTS], "lines": _lines(number), "status": status}


def _lines(number: int) -> list[dict[str, Any]]:
    return [
        {"description": what, "unit": unit, "unit_price": price, "quantity": str(number % 30 + 1)}
        for what, unit, price in _WORK
    ]


async def _add_messages(database: Database, organization_id: UUID) -> None:
    """Fills the company's chat up to ``MESSAGES``, one every three minutes up to now."""
    async with database.system() as session:
        chat = (
            await session.scalars(select(WhatsappChat).where(WhatsappChat.organization_id == organization_id).limit(1))
        ).one()
        held = len((await session.scalars(select(WhatsappMessage.id).where(WhatsappMessage.chat_id == chat.id))).all())
        now = datetime.now(UTC)
        for number in range(MESSAGES - held):
            session.add(
                WhatsappMessage(
                    id=new_id(),
                    organization_id=organization_id,
                    account_id=chat.account_id,
                    chat_id=chat.id,
                    user_id=chat.user_id,
                    provider_message_id=f"model-{number}",
                    direction=("inbound", "outbound")[number % 2],
                    text=f"{_SAID[number % len(_SAID)]} ({number})",
                    sent_at=now - timedelta(minutes=3 * (MESSAGES - number)),
                    processing_status="processed",
                )
            )


async def _add_runs(database: Database, organization_id: UUID) -> None:
    """The conversations in which the company's documents were made: one for each, ended."""
    async with database.system() as session:
        chat = (
            await session.scalars(select(WhatsappChat).where(WhatsappChat.organization_id == organization_id).limit(1))
        ).one()
        for quote in await session.scalars(select(Quote).where(Quote.organization_id == organization_id)):
            session.add(_run(chat, quote, workflow="quote", quote_id=quote.id))
        for invoice in await session.scalars(select(Invoice).where(Invoice.organization_id == organization_id)):
            session.add(_run(chat, invoice, workflow="invoice", invoice_id=invoice.id))


def _run(chat: WhatsappChat, document: Quote | Invoice, *, workflow: str, **of: UUID) -> Conversation:
    return Conversation(
        id=new_id(),
        organization_id=document.organization_id,
        user_id=chat.user_id,
        chat_id=chat.id,
        workflow=workflow,
        status="completed",
        current_step="completed",
        document_kind=workflow,
        client_id=document.client_id,
        completed_at=document.created_at,
        **of,
    )


def copy_company(url: str, keys: Keyring, model: UUID, numbers: range) -> Iterator[int]:
    """Copies the model company once for each of ``numbers``, which must not have been used; yields each when it is made.

    What is encrypted belongs to its row, so the copies lie in the clear, and the model too: ``rotate`` seals them.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        tables = list(_tenant_tables(connection))
        _remember_own_ids(connection, tables, model)
        unseal(connection, keys, model)
        for number in numbers:
            for table in tables:
                connection.execute(*_copy(table, model, number))
            yield number
        connection.execute("analyze")


def unseal(connection: psycopg.Connection[Any], keys: Keyring, model: UUID) -> None:
    """Writes what is encrypted of a company in the clear, so that it may be copied and compared in SQL."""
    for column in columns():
        if "organization_id" not in column.table.c:
            continue
        place = {"table": sql.Identifier(column.table.name), "column": sql.Identifier(column.name)}
        query = sql.SQL("select id, {column} from {table} where organization_id = %s and {column} is not null")
        change = sql.SQL("update {table} set {column} = %s where id = %s").format(**place)
        for row_id, stored in connection.execute(query.format(**place), (model,)).fetchall():
            plain = opened(keys, stored)
            connection.execute(change, (Jsonb(plain) if isinstance(column.type, EncryptedJson) else plain, row_id))


def copied_id(model_id: UUID, number: int) -> UUID:
    """The id that a row of the model company has in the copy of that number."""
    import hashlib

    return UUID(hashlib.md5(f"{number}:{model_id}".encode(), usedforsecurity=False).hexdigest())


_TABLES = """
    select c.relname, array_agg(row(a.attname, t.typname, nullif(a.atttypmod, -1) - 4)::text order by a.attnum) from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         and a.attidentity = ''
    join pg_type t on t.oid = a.atttypid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and (c.relname = 'organizations' or exists (
        select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id' and not o.attisdropped))
    group by c.relname order by c.relname
"""
_DISTINCT = """
    select distinct c.relname, a.attname from pg_index i
    join pg_class c on c.oid = i.indrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    join pg_type t on t.oid = a.atttypid and t.typname in ('text', 'varchar')
    where i.indisunique and c.relnamespace = 'public'::regnamespace and not exists (
        select from pg_attribute o where o.attrelid = c.oid and o.attnum = any(i.indkey) and
        (o.attname in ('organization_id', 'document_id') or o.attname like '%\\_id' and o.atttypid = 'uuid'::regtype
         and o.attname <> 'account_id'))
"""


def _tenant_tables(connection: psycopg.Connection[Any]) -> Iterator[Table]:
    distinct: dict[str, set[str]] = {}
    for table, column in connection.execute(_DISTINCT):
        distinct.setdefault(table, set()).add(column)
    for name, rows in connection.execute(_TABLES).fetchall():
        columns = tuple(_column(row) for row in rows)
        yield Table(name, columns, frozenset(distinct.get(name, ())))


def _column(row: str) -> tuple[str, str, int | None]:
    name, type_name, length = row.strip("()").split(",")
    return name, type_name, int(length) if length else None


def _remember_own_ids(connection: psycopg.Connection[Any], tables: list[Table], model: UUID) -> None:
    connection.execute("create temporary table own_ids (id uuid primary key)")
    for table in tables:
        if any(name == "id" and kind == "uuid" for name, kind, _ in table.columns):
            connection.execute(
                sql.SQL("insert into own_ids select id from {} where {} = %s on conflict do nothing").format(
                    sql.Identifier(table.name), _owner(table)
                ),
                (model,),
            )
    connection.execute("analyze own_ids")


def _owner(table: Table) -> sql.Identifier:
    return sql.Identifier("id" if table.name == "organizations" else "organization_id")


def _copy(table: Table, model: UUID, number: int) -> tuple[sql.Composed, tuple[UUID]]:
    names = [sql.Identifier(name) for name, _, _ in table.columns]
    values = [_value(name, kind, length, name in table.distinct, number) for name, kind, length in table.columns]
    statement = sql.SQL("insert into {} ({}) select {} from {} where {} = %s").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(values),
        sql.Identifier(table.name),
        _owner(table),
    )
    return statement, (model,)


def _value(name: str, kind: str, length: int | None, distinct: bool, number: int) -> sql.Composable:
    column = sql.Identifier(name)
    if kind == "uuid":
        mapped = sql.SQL("md5({} || {}::text)::uuid").format(sql.Literal(f"{number}:"), column)
        return sql.SQL("case when {} in (select id from own_ids) then {} else {} end").format(column, mapped, column)
    if not distinct:
        return column
    if name.endswith("phone"):
        text: sql.Composable = sql.SQL("'+339' || {}").format(sql.Literal(f"{number:08d}"))
    elif length and length <= 14:
        text = sql.Literal(f"{number:0{length}d}")
    else:
        text = sql.SQL("{} || {}").format(sql.Literal(f"{number}."), column)
    return sql.SQL("case when {} is null then null else {} end").format(column, text)
