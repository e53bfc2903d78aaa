"""Two companies in one database: A, who asks, and B, who has a row in every table and must never be seen by A.

B's rows are made from the tables themselves, so a table that comes later is filled too. Every text of B carries ``MARK``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from db.models import Base
from db.session import sqlalchemy_url

MARK = "bravo"
ROWS_PER_TABLE = 4
ACTIVE_STATES = ("active", "connected", "issued", "pending", "draft")
CHOSEN = {("whatsapp_accounts", "kind"): "artisan", ("whatsapp_chats", "purpose"): "command"}
"""Where the first of the possible values would not make a row of the company's own."""
_LITERAL = re.compile(r"'([^']*)'::")
_NOW = datetime.now(UTC).replace(microsecond=0)
WATCH = """
create function isolation_watch() returns trigger language plpgsql as $$
begin
  if tg_argv[0]::uuid in (
      case when tg_op <> 'INSERT' then (to_jsonb(old) ->> tg_argv[1])::uuid end,
      case when tg_op <> 'DELETE' then (to_jsonb(new) ->> tg_argv[1])::uuid end) then
    perform set_config('isolation.touched',
      coalesce(current_setting('isolation.touched', true), '') || tg_op || ' ' || tg_table_name || ';', true);
  end if;
  return null;
end $$"""


@dataclass
class World:
    """The two companies, and what belongs to B: rows by table, and everything of them that can be recognised."""

    url: str
    a: UUID
    b: UUID
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def secrets(self) -> set[str]:
        """B's keys and texts, as they would stand in an answer."""
        found = {str(self.b)}
        for row in self.of_tenant():
            found |= {str(value) for value in row.values() if isinstance(value, UUID)}
            found |= {value for value in row.values() if isinstance(value, str) and is_told(value)}
        return found

    def of_tenant(self) -> Iterator[dict[str, Any]]:
        return (row for rows in self.rows.values() for row in rows)

    def digest(self) -> dict[str, str]:
        """A fingerprint of all rows of B, table by table: equal fingerprints mean equal bytes."""
        parts = [
            f"select '{name}', coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {name} t"
            f" where {'id' if name == 'organizations' else 'organization_id'} = %(b)s"
            for name in tenant_tables()
        ]
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute(" union all ".join(parts), {"b": self.b}).fetchall())


def is_told(text: str) -> bool:
    """Whether a text would tell where it comes from: B's mark, or a phone of B's."""
    return MARK in text or text.startswith("+3367")


def tenant_tables() -> list[str]:
    """Every table with rows of companies, and the table of companies itself."""
    return ["organizations", *(name for name, table in Base.metadata.tables.items() if "organization_id" in table.c)]


def make_world(url: str) -> World:
    """Fills B (and a bare A) in the database at ``url``; checks and keys do not hold the filling up."""
    world = World(url, UUID(bytes=secrets.token_bytes(16), version=4), UUID(bytes=secrets.token_bytes(16), version=4))
    engine = sa.create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("set session_replication_role = replica")
        choices = _choices(connection)
        _drop_checks(connection)
        for name, table in Base.metadata.tables.items():
            made = [_row(world, table, number, choices.get(name, {})) for number in range(_how_many(name))]
            world.rows[name] = [row for row in made if _insert(connection, name, row)]
            assert world.rows[name], f"{name} has no row of B"
        company = {"id": world.a, "name": "Alpha", "slug": f"alpha-{world.a.hex[:8]}", "status": "active"}
        assert _insert(connection, "organizations", company)
        connection.exec_driver_sql("set session_replication_role = origin")
        watch(connection, world)
    engine.dispose()
    return world


def watch(connection: sa.Connection, world: World) -> None:
    """Lets the database say, within the transaction that did it, which of B's rows were touched."""
    connection.exec_driver_sql(WATCH)
    for name in tenant_tables():
        owner = "id" if name == "organizations" else "organization_id"
        connection.exec_driver_sql(
            f"create trigger zz_isolation_watch after insert or update or delete on {name} "
            f"for each row execute function isolation_watch('{world.b}', '{owner}')"
        )


def _how_many(table: str) -> int:
    return 1 if table == "organizations" else ROWS_PER_TABLE


def _choices(connection: sa.Connection) -> dict[str, dict[str, list[str]]]:
    """What check constraints let a column be, by table and column."""
    found: dict[str, dict[str, list[str]]] = {}
    for table, _, definition in _checks(connection):
        for column in Base.metadata.tables[table].c:
            if re.match(rf"CHECK \(\(+{column.name}\)?(::text)? = ANY", definition):
                found.setdefault(table, {})[column.name] = _LITERAL.findall(definition)
    return found


def _checks(connection: sa.Connection) -> list[tuple[str, str, str]]:
    found = connection.exec_driver_sql(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
        "where contype = 'c' and connamespace = 'public'::regnamespace"
    )
    return [(table, name, definition) for table, name, definition in found if table in Base.metadata.tables]


def _drop_checks(connection: sa.Connection) -> None:
    for table, name, _ in _checks(connection):
        connection.exec_driver_sql(f"alter table {table} drop constraint {name}")


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(
                sa.insert(Base.metadata.tables[table]).values(_as_kept(Base.metadata.tables[table], row))
            )
    except IntegrityError:
        return False
    return True


def _as_kept(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """Encrypted columns hold plain values here: as they did before they were encrypted, and easy to recognise."""
    kept = {}
    for name, value in row.items():
        kind = table.c[name].type
        kept[name] = sa.type_coerce(value, kind.impl_instance) if isinstance(kind, sa.TypeDecorator) else value
    return kept


def key_of(world: World, table: str, number: int) -> UUID:
    """The primary key that row ``number`` of B has in ``table``."""
    return world.b if table == "organizations" else uuid5(world.b, f"{table}-{number}")


def _row(world: World, table: sa.Table, number: int, choices: dict[str, list[str]]) -> dict[str, Any]:
    row = {}
    for column in table.c:
        if column.computed is not None or column.identity is not None:
            continue
        value = _value(world, column, number, choices.get(column.name, []))
        if value is not None:
            row[column.name] = value
    return row


def _value(world: World, column: sa.Column[Any], number: int, choices: list[str]) -> Any:
    if chosen := CHOSEN.get((column.table.name, column.name)):
        return chosen
    if column.name == "organization_id":
        return world.b
    for foreign in column.foreign_keys if isinstance(column.type, sa.Uuid) else ():
        return key_of(world, foreign.column.table.name, number)
    if choices:
        known = [choice for choice in ACTIVE_STATES if choice in choices]
        return known[0] if column.table.name == "organizations" and known else choices[number % len(choices)]
    kind = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
    if isinstance(kind, sa.Uuid):
        return key_of(world, column.table.name if column.name == "id" else _meant(column.name), number)
    if isinstance(kind, sa.String):
        return _text(column, number)
    if isinstance(kind, sa.DateTime):
        return None if column.nullable and number % 2 == 0 else _NOW - timedelta(hours=number + 1)
    if isinstance(kind, sa.Date):
        return date.today() - timedelta(days=number)
    if kind.python_type is timedelta:
        return timedelta(minutes=number)
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer):
        return _NOW.year - number if column.name == "year" else number + 1
    if isinstance(kind, sa.Numeric | sa.Float):
        return Decimal(number + 1) / 10
    if isinstance(kind, sa.LargeBinary):
        return MARK.encode()
    if isinstance(kind, sa.JSON):
        default = column.server_default.arg if isinstance(column.server_default, sa.DefaultClause) else ""
        return [] if default == "[]" or column.name.endswith("_ids") else {"word": _text(column, number)}
    raise AssertionError(f"no value for {column}: say one in tests/integration/isolation/world.py")


def _meant(name: str) -> str:
    """The table that a key without a constraint names: ``document_id`` means an invoice."""
    plural = name.removesuffix("_id") + "s"
    return {"documents": "invoices", "messages": "whatsapp_messages"}.get(plural, plural)


def _text(column: sa.Column[Any], number: int) -> str:
    if "phone" in column.name:
        return f"+3367{column.table.name.__len__():02d}{number:06d}"
    text = f"{MARK}-{column.table.name}-{column.name}-{number}"
    if column.name == "email":
        return f"{text}@{MARK}.example"
    length = getattr(column.type, "length", None)
    return f"{MARK}{number}{column.name}"[:length] if length else text
