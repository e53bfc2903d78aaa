"""Erasures that were asked for: lists, one of them, whether one waits."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Erasure
from db.paging import Rows, Sortable, Wanted, fetch_page
from db.repositories.privacy_subjects import Scope

SORTABLE = Sortable({"created_at": Erasure.created_at}, key=Erasure.id, default="-created_at")


async def page(session: AsyncSession, organization_id: UUID, wanted: Wanted) -> Rows[Erasure]:
    """Erasures of a company and of people in it."""
    return await fetch_page(session, select(Erasure).where(Erasure.organization_id == organization_id), wanted)


async def get(session: AsyncSession, organization_id: UUID, erasure_id: UUID, *, lock: bool = False) -> Erasure | None:
    """One erasure."""
    query = select(Erasure).where(Erasure.organization_id == organization_id, Erasure.id == erasure_id)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def under_way(session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None) -> bool:
    """Whether the same erasure waits already."""
    query = select(Erasure.id).where(
        Erasure.organization_id == organization_id,
        Erasure.scope == scope,
        Erasure.subject_id == subject_id if subject_id else Erasure.subject_id.is_(None),
        Erasure.status.in_(("scheduled", "running")),
    )
    return (await session.scalars(query.limit(1))).first() is not None
