"""Queries about exports: what was asked for, how far it is, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DataExport
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"created_at": DataExport.created_at}, key=DataExport.id, default="-created_at")
UNDER_WAY = ("queued", "running")


async def page(session: AsyncSession, organization_id: UUID, wanted: Wanted) -> Rows[DataExport]:
    """Exports of a company."""
    return await fetch_page(session, select(DataExport).where(DataExport.organization_id == organization_id), wanted)


async def get(session: AsyncSession, organization_id: UUID, export_id: UUID) -> DataExport | None:
    """One export of a company."""
    query = select(DataExport).where(DataExport.organization_id == organization_id, DataExport.id == export_id)
    return (await session.scalars(query)).one_or_none()


async def under_way(session: AsyncSession, organization_id: UUID, since: datetime) -> bool:
    """Whether an export of the company that was asked for after ``since`` is not done yet."""
    query = select(DataExport.id).where(
        DataExport.organization_id == organization_id,
        DataExport.status.in_(UNDER_WAY),
        DataExport.created_at > since,
    )
    return (await session.scalars(query.limit(1))).first() is not None


async def write(session: AsyncSession, organization_id: UUID, export_id: UUID, **values: Any) -> None:
    """Writes how far an export is."""
    await session.execute(
        update(DataExport)
        .where(DataExport.organization_id == organization_id, DataExport.id == export_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
