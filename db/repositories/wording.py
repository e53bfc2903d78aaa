"""Queries about an organization's own wording."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import WordingOverride


async def latest(session: AsyncSession, organization_id: UUID) -> Sequence[WordingOverride]:
    """The newest version of every sentence that was ever reworded."""
    query = (
        select(WordingOverride)
        .ext(distinct_on(WordingOverride.language, WordingOverride.sentence))
        .where(WordingOverride.organization_id == organization_id)
        .order_by(WordingOverride.language, WordingOverride.sentence, WordingOverride.version.desc())
    )
    return (await session.scalars(query)).all()


async def last_version(session: AsyncSession, organization_id: UUID, language: str, sentence: str) -> int:
    """0 for a sentence that was never reworded."""
    query = select(func.coalesce(func.max(WordingOverride.version), 0)).where(
        WordingOverride.organization_id == organization_id,
        WordingOverride.language == language,
        WordingOverride.sentence == sentence,
    )
    return int((await session.scalars(query)).one())


async def versions(
    session: AsyncSession, organization_id: UUID, language: str, sentence: str
) -> Sequence[WordingOverride]:
    """All versions of a sentence, the newest first."""
    query = (
        select(WordingOverride)
        .where(
            WordingOverride.organization_id == organization_id,
            WordingOverride.language == language,
            WordingOverride.sentence == sentence,
        )
        .order_by(WordingOverride.version.desc())
    )
    return (await session.scalars(query)).all()


async def add(session: AsyncSession, row: WordingOverride) -> None:
    """Writes a version. Raises ``IntegrityError`` when that version exists already."""
    session.add(row)
    await session.flush()
