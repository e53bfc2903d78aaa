"""Arguments for a repository function, made from its signature and from the rows of company B."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.models import Base
from db.repositories.privacy_retention import RULES, Rule
from tests.integration.isolation.world import World

VARIANTS = 2
MEANT = {
    "account": "whatsapp_accounts",
    "chat": "whatsapp_chats",
    "holder": "users",
    "message": "whatsapp_messages",
    "keep": "conversations",
    "admin": "platform_admins",
    "key": "api_keys",
    "code": "phone_codes",
    "submission": "einvoice_submissions",
    "note": "site_notes",
    "contact": "channel_contacts",
    "record": "voice_transcriptions",
    "status": "einvoice_statuses",
    "row": "outbox",
    "entries": "ledger_entries",
}
"""The table that a parameter means where its name is not the table's."""
TEXTS: dict[str, list[str]] = {
    "kind": ["quote", "invoice"],
    "language": ["fr", "tr"],
    "account_ref": [], "chat_ref": [], "message_ref": [],
}  # fmt: skip
_MODELS = {mapper.class_: mapper.local_table.name for mapper in Base.registry.mappers}


class NoValue(Exception):
    """The signature asks for something of which the suite knows no example."""


@dataclasses.dataclass
class Asker:
    """Fills in signatures: with B's rows, or with what belongs to nobody, to compare the answers."""

    world: World
    organization_id: UUID
    whose: Literal["b", "nobody"]
    variant: int = 0
    last: dict[str, Any] = dataclasses.field(default_factory=dict)

    def arguments(self, function: Callable[..., Any]) -> dict[str, Any]:
        """All arguments but the session. Raises ``NoValue`` for a type without an example."""
        hints, given = typing.get_type_hints(function), {}
        for name, parameter in inspect.signature(function).parameters.items():
            hint = hints.get(name, Any)
            if hint in (AsyncSession, AsyncConnection) or AsyncSession in get_args(hint):
                continue
            if name in ("values", "rows") or parameter.kind is parameter.VAR_KEYWORD:
                row = self.row(self._table_of(function))
                if takes_tenant(function):
                    row = {key: value for key, value in row.items() if key not in (*given, "organization_id", "id")}
                if dict in (hint, get_origin(hint)):
                    row = jsonable(row)
                given |= row if parameter.kind is parameter.VAR_KEYWORD else {name: [row] if name == "rows" else row}
            elif parameter.default is inspect.Parameter.empty or UUID in (hint, *get_args(hint)):
                given[name] = self.value(name, hint)
        return given

    def value(self, name: str, hint: Any) -> Any:
        origin, inner = get_origin(hint), get_args(hint)
        if name in ("organization_id", "only"):
            return self.organization_id
        if origin is Literal:
            return inner[self.variant % len(inner)]
        if origin in (types.UnionType, typing.Union):
            return self.value(name, next(each for each in inner if each is not types.NoneType))
        if origin is not None and issubclass(origin, Mapping):
            row = self.row(self._named(name, "whatsapp_messages"))
            return row if name in ("target", "event") else jsonable(row)
        if origin is not None and issubclass(origin, Collection):
            return origin_of(origin)(replaced.value(name.removesuffix("s"), inner[0]) for replaced in self._variants())
        if hint in _SIMPLE:
            return _SIMPLE[hint](self, name)
        if hint in _MODELS:
            return hint(**self.row(_MODELS[hint]))
        if hint is Rule:
            return RULES["messages"][self.variant % len(RULES["messages"])]
        if dataclasses.is_dataclass(hint) or (inspect.isclass(hint) and issubclass(hint, BaseModel)):
            return self._built(hint)
        if hint is Any:
            return SimpleNamespace(**self.row(self._named(name, "whatsapp_messages")))
        raise NoValue(f"{name}: {hint}")

    def row(self, table: str) -> dict[str, Any]:
        """A row of B in ``table``; of nobody: the same with other keys and texts."""
        rows = self.world.rows[table]
        row = dict(rows[self.variant % len(rows)])
        if self.whose == "nobody":
            row = {name: uuid4() if isinstance(value, UUID) else value for name, value in row.items()}
        return row | ({"organization_id": self.organization_id} if "organization_id" in row else {})

    def key(self, name: str) -> UUID:
        if self.whose == "nobody":
            return uuid4()
        if name.endswith("document_id"):
            return self._of("quotes" if self.variant % 2 == 0 else "invoices")["id"]
        return self._of(self._named(name, ""))["id"]

    def text(self, name: str) -> str:
        if TEXTS.get(name):
            return TEXTS[name][self.variant % len(TEXTS[name])]
        if self.whose == "nobody":
            return f"nobody-{name}"
        for rows in self.world.rows.values():
            found = rows[self.variant % len(rows)].get(name) or rows[self.variant % len(rows)].get(f"provider_{name}")
            if isinstance(found, str):
                return found
        return f"none-{name}"

    def _built(self, hint: Any) -> Any:
        hints = typing.get_type_hints(hint)
        return hint(**{name: self.value(name, each) for name, each in hints.items() if name in _required(hint)})

    def _of(self, table: str) -> dict[str, Any]:
        rows = self.world.rows[table]
        return rows[self.variant % len(rows)]

    def _named(self, name: str, otherwise: str) -> str:
        """The table that a name means: ``client_id`` the clients, ``inbound_message_id`` the messages."""
        stem = name.removesuffix("_id")
        for each in (stem, stem.rsplit("_", 1)[-1]):
            for table in (MEANT.get(each), f"{each}s", each):
                if table in self.world.rows and "id" in self.world.rows[table][0]:
                    return table
        with_ids = [table for table, rows in self.world.rows.items() if "id" in rows[0]]
        return otherwise or with_ids[self.variant * 7 % len(with_ids)]

    def _table_of(self, function: Callable[..., Any]) -> str:
        """The table that a function writes to, by its name, else by its module's."""
        module = function.__module__.rsplit(".", 1)[1]
        return self._named(function.__name__, self._named(module, "whatsapp_messages"))

    def _variants(self) -> list[Asker]:
        return [dataclasses.replace(self, variant=number) for number in range(VARIANTS)]


def takes_tenant(function: Callable[..., Any]) -> bool:
    """Whether the function asks for the company, before anything else."""
    return "organization_id" in list(inspect.signature(function).parameters)[:2]


def carries_tenant(function: Callable[..., Any]) -> bool:
    """Whether it takes whole rows instead, which say whose they are: PostgreSQL refuses one of another company."""
    hints = typing.get_type_hints(function)
    taken = [hints[name] for name in inspect.signature(function).parameters if name in hints]
    return bool({*taken, *(inner for hint in taken for inner in get_args(hint))} & set(_MODELS))


def jsonable(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it may stand in a JSON column."""
    return {name: value if isinstance(value, str | int | bool) else str(value) for name, value in row.items()}


def origin_of(origin: Any) -> Any:
    """A concrete type for an abstract collection."""
    return origin if origin in (set, tuple, frozenset) else list


def _required(hint: Any) -> set[str]:
    if issubclass(hint, BaseModel):
        return {name for name, each in hint.model_fields.items() if each.is_required()}
    missing = dataclasses.MISSING
    return {
        each.name for each in dataclasses.fields(hint) if each.default is missing and each.default_factory is missing
    }


def _moment(asker: Asker, name: str) -> datetime:
    years = 0 if name == "now" else (-10, 10)[asker.variant % 2]
    return datetime.now(UTC) + timedelta(days=365 * years)


_SIMPLE: dict[Any, Callable[[Asker, str], Any]] = {
    UUID: Asker.key,
    str: Asker.text,
    bool: lambda asker, name: asker.variant % 2 == 0,
    int: lambda asker, name: {"offset": 0, "year": date.today().year - asker.variant, "limit": 50}.get(name, 1),
    float: lambda asker, name: 1.0,
    Decimal: lambda asker, name: Decimal(1),
    bytes: lambda asker, name: b"{}",
    dict: lambda asker, name: {},
    datetime: _moment,
    date: lambda asker, name: _moment(asker, name).date(),
    timedelta: lambda asker, name: timedelta(days=3650 * (asker.variant % 2)),
    object: lambda asker, name: timedelta(days=3650 * (asker.variant % 2)),
}
