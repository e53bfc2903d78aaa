"""Queries about requests sent again. They run before and after the request's own transaction, as the system."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import IdempotencyKey
from db.models.base import new_id


async def claim(
    session: AsyncSession, organization_id: UUID | None, principal_id: UUID, key: str, fingerprint: str
) -> UUID | None:
    """Writes the request down and returns its row's id; None where one with this key is there already."""
    statement = (
        insert(IdempotencyKey)
        .values(
            id=new_id(),
            organization_id=organization_id,
            principal_id=principal_id,
            key=key,
            fingerprint=fingerprint,
        )
        .on_conflict_do_nothing(index_elements=["principal_id", "key"])
        .returning(IdempotencyKey.id)
    )
    return (await session.scalars(statement)).one_or_none()


async def earlier(session: AsyncSession, principal_id: UUID, key: str) -> IdempotencyKey | None:
    """The request that came first with this key."""
    query = select(IdempotencyKey).where(IdempotencyKey.principal_id == principal_id, IdempotencyKey.key == key)
    return (await session.scalars(query)).one_or_none()


async def answer(session: AsyncSession, row_id: UUID, status: int, headers: dict[str, Any], sealed: str) -> None:
    statement = update(IdempotencyKey).where(IdempotencyKey.id == row_id)
    await session.execute(statement.values(status=status, headers=headers, answer=sealed))


async def release(session: AsyncSession, row_id: UUID) -> None:
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == row_id))


async def forget(
    session: AsyncSession, before: datetime, *, principal_id: UUID | None = None, key: str | None = None
) -> int:
    """Deletes requests from before ``before``, all or the one with this key; returns how many."""
    statement = delete(IdempotencyKey).where(IdempotencyKey.created_at < before)
    if principal_id is not None:
        statement = statement.where(IdempotencyKey.principal_id == principal_id, IdempotencyKey.key == key)
    return len((await session.execute(statement.returning(IdempotencyKey.id))).all())
