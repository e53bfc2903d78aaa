"""Calls repository functions in one company's transaction with another company's ids, and sees what comes of it."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import ClauseElement, Select, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncResult, AsyncScalarResult, AsyncSession

import db.repositories
from db.models import Base
from db.session import Database
from tests.integration.isolation.arguments import VARIANTS, Asker
from tests.integration.isolation.world import World

Way = Literal["filter kept", "filter removed", "filter turned"]
"""With A's id as the product does; with the condition cut out of every statement; with B's id in A's transaction."""
WAYS: tuple[Way, ...] = ("filter kept", "filter removed", "filter turned")
_FILTER = re.compile(r"(?<=[\s(])(?<!set )(\w+\.)?organization_id = (any\()?%\(\w+\)s(::UUID)?\)?", re.IGNORECASE)
_TOUCHED = text("select coalesce(current_setting('isolation.touched', true), '')")


class _Undo(Exception):
    """Ends a savepoint without keeping what was done in it."""


@dataclass
class Finding:
    """What came of asking one function in one way. ``leaks`` says what of B was seen or touched."""

    function: str
    attempts: int = 0
    refused: int = 0
    leaks: set[str] = field(default_factory=set)
    broken: str | None = None


def repository_functions() -> dict[str, Callable[..., Any]]:
    """Every public function of every repository that asks the database something, as ``module.function``."""
    found = {}
    for module_info in pkgutil.walk_packages(db.repositories.__path__, "db.repositories."):
        module = importlib.import_module(module_info.name)
        for name, function in vars(module).items():
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not name.startswith("_") and takes_tenant_or_session(function):
                found[f"{module_info.name.removeprefix('db.repositories.')}.{name}"] = function
    return found


def takes_tenant_or_session(function: Callable[..., Any]) -> bool:
    return bool({"session", "connection", "organization_id"} & set(inspect.signature(function).parameters))


@contextmanager
def filter_removed(database: Database) -> Iterator[None]:
    """Cuts the comparison with ``organization_id`` out of every statement, as if each repository had forgotten it."""

    def cut(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> Any:
        return without_filter(statement), parameters

    event.listen(database.engine.sync_engine, "before_cursor_execute", cut, retval=True)
    try:
        yield
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", cut)


def without_filter(statement: str) -> str:
    """The statement with every comparison of ``organization_id`` to a parameter replaced by ``true``."""
    return _FILTER.sub("true", statement)


async def ask(
    database: Database, world: World, function: Callable[..., Any], way: Way, *, confined: bool = True
) -> Finding:
    """Calls ``function`` in A's transaction with B's ids; ``confined`` False takes row-level security away."""
    finding = Finding(f"{function.__module__.removeprefix('db.repositories.')}.{function.__name__}")
    organization_id = world.b if way == "filter turned" else world.a
    session = database.open(organization_id=world.a if confined else None)
    async with session:
        for variant in range(VARIANTS):
            asker = Asker(world, organization_id, "b", variant)
            answer, touched = await _attempt(session, function, asker, finding)
            leaked = seen(answer, world.secrets - set(tokens(list(asker.last.values()))))
            finding.leaks |= {f"{name}: {what}" for name, what in (("seen", leaked), ("touched", touched)) if what}
            if not told(answer):
                continue
            nobody = Asker(world, uuid4() if way == "filter turned" else world.a, "nobody", variant)
            nothing, _ = await _attempt(session, function, nobody, finding)
            if told(answer) != told(nothing):
                finding.leaks.add(f"tells that it exists: {told(answer)[:3]} instead of {told(nothing)[:3]}")
        await session.rollback()
    return finding


async def _attempt(
    session: AsyncSession, function: Callable[..., Any], asker: Asker, finding: Finding
) -> tuple[Any, str]:
    """One call that leaves nothing behind: what it answered, and what of B it touched."""
    finding.attempts += 1
    arguments = asker.last = asker.arguments(function)
    answer, touched = None, ""
    try:
        async with session.begin_nested():
            answer = await _called(session, function, arguments)
            await session.flush()
            touched = str(await session.scalar(_TOUCHED))
            answer = plain(answer)
            raise _Undo
    except _Undo:
        pass
    except DBAPIError as error:
        finding.refused += 1
        finding.broken = finding.broken or str(error.orig).split("\n")[0]
    except Exception as error:
        finding.broken = finding.broken or f"{type(error).__name__}: {error}"
    session.expunge_all()
    return answer, touched


async def _called(session: AsyncSession, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    names = inspect.signature(function).parameters
    first = {"session": session} if "session" in names else {}
    if "connection" in names:
        first = {"connection": await session.connection()}
    answer = function(**first, **arguments)
    if inspect.isawaitable(answer):
        answer = await answer
    if isinstance(answer, Select):
        answer = (await session.execute(answer.limit(50))).all()
    if isinstance(answer, AsyncScalarResult | AsyncResult):
        answer = await answer.all()
    return None if isinstance(answer, ClauseElement) else answer


def plain(value: Any) -> Any:
    """Rows, objects and records as nested lists of what they hold."""
    if isinstance(value, Base):
        return [plain(each) for name, each in vars(value).items() if not name.startswith("_")]
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, each.name)) for each in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return [plain(each) for pair in value.items() for each in pair]
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(each) for each in value]
    return value


def tokens(value: Any) -> Iterator[str]:
    """Every single value in an answer, as text."""
    value = plain(value)
    if isinstance(value, list):
        for each in value:
            yield from tokens(each)
    elif value is not None:
        yield value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def told(answer: Any) -> list[str]:
    """What of an answer can be compared with another's: no keys and no moments."""
    if isinstance(answer, UUID | datetime | date | timedelta):
        return ["a value"]
    if isinstance(answer, list):
        return [part for each in answer for part in told(each)]
    return [str(answer)] if answer not in (None, [], "") else []


def seen(answer: Any, secrets: set[str]) -> str:
    """Which of B's secrets stand in an answer, as a sample."""
    return ", ".join(sorted(part for part in tokens(answer) if part in secrets)[:3])
