"""Pages by place, not by count: a page begins after a row, so that it costs the same at any depth and loses nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from sqlakeyset import BadBookmark, InvalidPage, serialize_bookmark, unserialize_bookmark
from sqlakeyset.asyncio import select_page
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
_LONGEST_TEXT = 1000


class BadCursor(ValueError):
    """A cursor that no page of this list has handed out; the API answers 422."""


@dataclass(frozen=True, slots=True)
class Sortable:
    """What a list can be sorted by: names of the API and their expressions, never null (``coalesce`` where it may be).

    ``key`` is a unique column that decides among equals; ``default`` is a name, "-" in front for descending.
    """

    columns: Mapping[str, Any]
    key: Any
    default: str

    @property
    def choices(self) -> tuple[str, ...]:
        """Every value that ``sort`` may have."""
        return tuple(sign + name for name in self.columns for sign in ("", "-"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page: how many rows at most, after which cursor, in which order."""

    order: Sortable
    sort: str
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """The rows of one page and the cursor of the next, None on the last."""

    rows: Sequence[T]
    next: str | None


async def fetch_page(session: AsyncSession, query: Select[T], wanted: Wanted) -> Rows[T]:
    """One page of ``query``, a select of one entity without an order of its own. Raises ``BadCursor``."""
    found = await fetch_rows(session, cast("Select[Any]", query), wanted)
    return Rows([row[0] for row in found.rows], found.next)


async def fetch_rows(session: AsyncSession, query: Select[Any], wanted: Wanted) -> Rows[Any]:
    """The same for a select of several columns: its rows as they come."""
    column = wanted.order.columns[wanted.sort.removeprefix("-")]
    both = (column, wanted.order.key)
    ordered = query.order_by(*(each.desc() if wanted.sort.startswith("-") else each.asc() for each in both))
    place = _place(wanted, both) if wanted.cursor is not None else None
    page: Any = await select_page(session, ordered, per_page=wanted.limit, after=place)
    following = None
    if page.paging.has_next:
        following = _encoded(f"{wanted.sort}|{serialize_bookmark(page.paging.next)}")
    return Rows(list(page), following)


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(wanted: Wanted, columns: Sequence[Any]) -> tuple[Any, ...]:
    """The row that the cursor stands for: of this order, and of types that the columns can be compared with."""
    cursor = wanted.cursor or ""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        sort, _, bookmark = text.partition("|")
        place, backwards = unserialize_bookmark(bookmark)
    except (binascii.Error, ValueError, ArithmeticError, KeyError, IndexError, BadBookmark, InvalidPage) as error:
        raise BadCursor("is not a cursor of this list") from error
    if sort != wanted.sort:
        raise BadCursor("belongs to another order: send it with the sort that it was given for")
    if backwards or place is None or len(place) != len(columns) or not all(map(_comparable, place, columns)):
        raise BadCursor("is not a cursor of this list")
    return tuple(place)


def _comparable(value: Any, column: Any) -> bool:
    if isinstance(value, str) and ("\0" in value or len(value) > _LONGEST_TEXT):
        return False
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return False
    return type(value) is column.type.python_type
