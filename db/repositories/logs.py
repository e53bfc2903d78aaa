"""Queries of the log: a company's, or the whole installation's (``organization_id`` None, in a system session)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiKey, SystemLog, User
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"created_at": SystemLog.created_at}, key=SystemLog.id, default="-created_at")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted; None means any. ``resource`` is the first word of the event; the later moment is excluded."""

    types: Sequence[str] | None = None
    event: str | None = None
    resource: str | None = None
    about: UUID | None = None
    user_id: UUID | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None


async def page(
    session: AsyncSession, organization_id: UUID | None, wanted: LogFilter, place: Wanted
) -> Rows[SystemLog]:
    """One page of the lines that ``wanted`` lets through."""
    query = select(SystemLog)
    if organization_id is not None:
        query = query.where(SystemLog.organization_id == organization_id)
    if wanted.types is not None:
        query = query.where(SystemLog.type.in_(wanted.types))
    equal = {SystemLog.event: wanted.event, SystemLog.about: wanted.about, SystemLog.user_id: wanted.user_id}
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.resource is not None:
        query = query.where(SystemLog.event.startswith(f"{wanted.resource}.", autoescape=True))
    if wanted.created_from is not None:
        query = query.where(SystemLog.created_at >= wanted.created_from)
    if wanted.created_until is not None:
        query = query.where(SystemLog.created_at < wanted.created_until)
    return await fetch_page(session, query, place)


async def names_of(session: AsyncSession, organization_id: UUID | None, ids: set[UUID]) -> dict[UUID, str | None]:
    """The names of members and keys, by id."""
    users = select(User.id, User.first_name, User.last_name).where(User.id.in_(ids))
    keys = select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(ids))
    if organization_id is not None:
        users, keys = (
            users.where(User.organization_id == organization_id),
            keys.where(ApiKey.organization_id == organization_id),
        )
    found: dict[UUID, str | None] = {
        user_id: " ".join(name for name in (first, last) if name) or None
        for user_id, first, last in await session.execute(users)
    }
    found |= {row.id: row.name for row in await session.execute(keys)}
    return found
