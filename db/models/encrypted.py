"""Column types whose cells are sealed on the way in and opened on the way out (R235).

A cell knows its row, so a sealed value that is moved to another row does not open. Reading brings the row's id along
(``column_expression``; in SQL as text: ``m.id || '/' || m.text`` with ``.columns(text=located(WhatsappMessage.text))``).
Writing takes it from the instance that is flushed, or from ``cell(row_id, value)`` where a statement writes values. What is
empty says nothing and may be written as it is, so that words can be wiped from many rows at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, Dialect, LargeBinary, String, TypeDecorator, event, func, inspect, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.sql.elements import ColumnElement

from db.encryption import PREFIX, Keyring, cell_of, key_id_of
from db.models.base import Base, new_id

_ROW_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Cell:
    """A value on its way into the cell of one row."""

    row: UUID
    value: Any


def cell(row: UUID, value: Any) -> Any:
    """``value`` for the encrypted column of the row ``row`` in a statement; None stays NULL."""
    return None if value is None else Cell(row, value)


def keyring(session: AsyncSession | Session) -> Keyring:
    """The keys with which a session reads and writes."""
    bind = (session.sync_session if isinstance(session, AsyncSession) else session).get_bind()
    return _keys(bind.dialect)


def opened(keys: Keyring, value: Any) -> Any:
    """``value`` of a row that was read in SQL, with whatever is sealed in it open: for checks and reports, not the product."""
    if isinstance(value, dict):
        return {name: opened(keys, each) for name, each in value.items()}
    if isinstance(value, list):
        return [opened(keys, each) for each in value]
    if isinstance(value, bytes) and value.startswith(PREFIX.encode()):
        return keys.open_anywhere(value.decode("ascii")).encode("latin-1")
    if not isinstance(value, str) or not value.startswith(PREFIX):
        return value
    table, _, column = cell_of(value).partition(":")[0].partition(".")
    content = keys.open_anywhere(value)
    return json.loads(content) if isinstance(Base.metadata.tables[table].c[column].type, EncryptedJson) else content


def _keys(dialect: Dialect) -> Keyring:
    return cast("Keyring", dialect.keyring())  # type: ignore[attr-defined]


class Encrypted:
    """What the types share: the column they belong to, and how a row's id travels with its value."""

    column_name = ""
    impl_instance: Any

    def _sealed(self, value: Any, dialect: Dialect) -> tuple[Keyring, Cell] | None:
        if value is None:
            return None
        if not isinstance(value, Cell):
            raise TypeError(f"{self.column_name} is encrypted: write cell(row_id, value), and do not compare it in SQL")
        return _keys(dialect), value

    def plain(self, keys: Keyring, stored: Any, row: UUID) -> Any:
        """What a value that lies in the row ``row`` says. Raises ``Unreadable``."""
        raise NotImplementedError

    def is_current(self, keys: Keyring, stored: Any) -> bool:
        """Whether the current key sealed all of it."""
        raise NotImplementedError


class EncryptedText(Encrypted, TypeDecorator[str]):
    """A text. In SQL it can be copied nowhere, compared with nothing and searched by nobody."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value == "":
            return ""
        known = self._sealed(value, dialect)
        return known[0].seal(known[1].value, self.column_name, known[1].row) if known else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _opened_text(_keys(dialect), value, self.column_name)

    def plain(self, keys: Keyring, stored: str, row: UUID) -> str:
        return keys.open(stored, self.column_name, row)

    def is_current(self, keys: Keyring, stored: str) -> bool:
        return key_id_of(stored) == keys.current

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        located = sql_cast(_row_id(column), String).op("||")("/").op("||")(type_coerce(column, String))
        return type_coerce(located, self)


class LocatedText(TypeDecorator[str]):
    """An encrypted text as a statement in SQL returns it: ``m.id || '/' || m.text``."""

    impl = String
    cache_ok = True

    def __init__(self, column_name: str) -> None:
        super().__init__()
        self.column_name = column_name

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _opened_text(_keys(dialect), value, self.column_name)


def located(attribute: Any) -> LocatedText:
    """The type of an encrypted text in ``.columns(…)`` of a statement in SQL."""
    return LocatedText(attribute.type.column_name)


def _opened_text(keys: Keyring, value: str, column_name: str) -> str:
    row, stored = UUID(value[:_ROW_LENGTH]), value[_ROW_LENGTH + 1 :]
    return keys.open(stored, column_name, row)


class EncryptedBytes(Encrypted, TypeDecorator[bytes]):
    """A body as it came, kept as the sealed form of its bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        known = self._sealed(value, dialect)
        if known is None:
            return None
        return known[0].seal(known[1].value.decode("latin-1"), self.column_name, known[1].row).encode("ascii")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        row, stored = UUID(value[:_ROW_LENGTH].decode()), bytes(value[_ROW_LENGTH + 1 :])
        return self.plain(_keys(dialect), stored, row)

    def plain(self, keys: Keyring, stored: bytes, row: UUID) -> bytes:
        if not stored.startswith(PREFIX.encode()):
            return stored
        return keys.open(stored.decode("ascii"), self.column_name, row).encode("latin-1")

    def is_current(self, keys: Keyring, stored: bytes) -> bool:
        return stored.startswith(f"{PREFIX}{keys.current}:".encode())

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        row = func.convert_to(sql_cast(_row_id(column), String).op("||")("/"), "UTF8")
        return type_coerce(row.op("||")(type_coerce(column, LargeBinary)), self)


class EncryptedJson(Encrypted, TypeDecorator[Any]):
    """A JSON value, kept as one JSON string."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Names and members that a query looks for are no cells."""
        return self.impl_instance.coerce_compared_value(op, value)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value in ({}, []):
            return value
        known = self._sealed(value, dialect)
        return self.sealed_value(known[0], known[1].value, known[1].row) if known else None

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or value[1] is None:
            return None
        return self.plain(_keys(dialect), value[1], UUID(value[0]))

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(func.jsonb_build_array(_row_id(column), type_coerce(column, JSONB)), self)

    def sealed_value(self, keys: Keyring, value: Any, row: UUID) -> Any:
        return _seal_json(keys, value, self.column_name, row)

    def plain(self, keys: Keyring, stored: Any, row: UUID) -> Any:
        return _open_json(keys, stored, self.column_name, row)

    def is_current(self, keys: Keyring, stored: Any) -> bool:
        return isinstance(stored, str) and key_id_of(stored) == keys.current


class EncryptedMembers(EncryptedJson):
    """A JSON object whose members are sealed one by one; those in ``clear`` ("name" or "name.member") stay readable."""

    cache_ok = True

    def __init__(self, clear: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.clear = clear

    def sealed_value(self, keys: Keyring, value: Any, row: UUID) -> Any:
        return {name: self._sealed_member(keys, name, each, row) for name, each in value.items()}

    def is_current(self, keys: Keyring, stored: Any) -> bool:
        parts = [
            each
            for name, value in stored.items()
            if name not in self.clear
            for inner, each in (value.items() if isinstance(value, dict) else [("", value)])
            if f"{name}.{inner}" not in self.clear
        ]
        return all(isinstance(each, str) and key_id_of(each) == keys.current for each in parts)

    def plain(self, keys: Keyring, stored: Any, row: UUID) -> Any:
        return {
            name: {inner: _open_json(keys, each, self.column_name, row) for inner, each in value.items()}
            if isinstance(value, dict)
            else _open_json(keys, value, self.column_name, row)
            for name, value in stored.items()
        }

    def _sealed_member(self, keys: Keyring, name: str, value: Any, row: UUID) -> Any:
        if name in self.clear:
            return value
        inner = {each.split(".", 1)[1] for each in self.clear if each.startswith(f"{name}.")}
        if inner and isinstance(value, dict):
            return {
                key: each if key in inner else _seal_json(keys, each, self.column_name, row)
                for key, each in value.items()
            }
        return _seal_json(keys, value, self.column_name, row)


def _seal_json(keys: Keyring, value: Any, column: str, row: UUID) -> str:
    return keys.seal(json.dumps(value, ensure_ascii=False), column, row)


def _open_json(keys: Keyring, stored: Any, column: str, row: UUID) -> Any:
    if isinstance(stored, str) and stored.startswith(PREFIX):
        return json.loads(keys.open(stored, column, row))
    return stored


def _row_id(column: ColumnElement[Any]) -> ColumnElement[Any]:
    table = getattr(column, "table", None)
    if table is None or "id" not in table.c:
        raise TypeError("an encrypted column is read from its own row, together with its id")
    return cast("ColumnElement[Any]", table.c.id)


@event.listens_for(Column, "after_parent_attach", propagate=True)
def _name(column: Column[Any], table: Any) -> None:
    if isinstance(column.type, Encrypted):
        column.type.column_name = f"{table.name}.{column.name}"


@event.listens_for(Base, "before_insert", propagate=True)
@event.listens_for(Base, "before_update", propagate=True)
def _tell_rows(mapper: Mapper[Any], connection: Any, target: Any) -> None:
    """Values that an instance is flushed with are on their way into its own row."""
    for name in _encrypted_attributes(mapper):
        value = target.__dict__.get(name)
        if value is not None and (name in inspect(target).committed_state or not inspect(target).persistent):
            target.id = target.id or new_id()
            target.__dict__[name] = Cell(target.id, value)


@event.listens_for(Base, "after_insert", propagate=True)
@event.listens_for(Base, "after_update", propagate=True)
def _forget_rows(mapper: Mapper[Any], connection: Any, target: Any) -> None:
    for name in _encrypted_attributes(mapper):
        value = target.__dict__.get(name)
        if isinstance(value, Cell):
            target.__dict__[name] = value.value


@cache
def _encrypted_attributes(mapper: Mapper[Any]) -> tuple[str, ...]:
    return tuple(each.key for each in mapper.column_attrs if isinstance(each.columns[0].type, Encrypted))
