"""Queries about who read personal data (R251)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AccessEntry
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"created_at": AccessEntry.created_at}, key=AccessEntry.id, default="-created_at")


async def note(session: AsyncSession, row: dict[str, Any]) -> None:
    """Writes one reading: every request does, so it does without the bookkeeping of mapped objects."""
    await session.execute(insert(AccessEntry.__table__), row)  # type: ignore[arg-type]


async def page(
    session: AsyncSession,
    organization_id: UUID,
    wanted: Wanted,
    *,
    reader_id: UUID | None,
    about_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
) -> Rows[AccessEntry]:
    """Readings of a company's data: by one reader, of one thing (its id in the address), between two moments."""
    query = select(AccessEntry).where(AccessEntry.organization_id == organization_id)
    if reader_id:
        query = query.where(AccessEntry.reader_id == reader_id)
    if about_id:
        query = query.where(AccessEntry.ids.path_exists(f'$.* ? (@ == "{about_id}")'))
    if since:
        query = query.where(AccessEntry.created_at >= since)
    if until:
        query = query.where(AccessEntry.created_at < until)
    return await fetch_page(session, query, wanted)
