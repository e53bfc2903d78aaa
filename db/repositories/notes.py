"""Queries about silent notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, SiteNote
from db.models.base import new_id
from db.models.encrypted import cell

MOST = 200


async def insert(session: AsyncSession, organization_id: UUID, **values: Any) -> UUID | None:
    """Writes a note; None when its message is noted already."""
    note_id = new_id()
    statement = (
        upsert(SiteNote)
        .values(id=note_id, organization_id=organization_id, **{**values, "text": cell(note_id, values["text"])})
        .on_conflict_do_nothing(index_elements=["organization_id", "source_ref"])
        .returning(SiteNote.id)
    )
    return (await session.scalars(statement)).one_or_none()


async def notes(session: AsyncSession, organization_id: UUID, client_id: UUID | None) -> Sequence[SiteNote]:
    """Notes of a client or of all, newest first."""
    query = select(SiteNote).where(SiteNote.organization_id == organization_id)
    if client_id is not None:
        query = query.where(SiteNote.client_id == client_id)
    return (await session.scalars(query.order_by(SiteNote.noted_at.desc(), SiteNote.id.desc()).limit(MOST))).all()


async def open_notes(session: AsyncSession, organization_id: UUID, since: datetime) -> Sequence[SiteNote]:
    """Notes of the artisan that are not used yet, oldest first."""
    query = (
        select(SiteNote)
        .where(
            SiteNote.organization_id == organization_id,
            SiteNote.author_kind == "artisan",
            SiteNote.used_at.is_(None),
            SiteNote.noted_at >= since,
        )
        .order_by(SiteNote.noted_at, SiteNote.id)
        .limit(MOST)
    )
    return (await session.scalars(query)).all()


async def use(session: AsyncSession, organization_id: UUID, note_ids: Sequence[UUID]) -> None:
    """Marks notes as used."""
    await session.execute(
        update(SiteNote)
        .where(SiteNote.organization_id == organization_id, SiteNote.id.in_(note_ids))
        .values(used_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def client_at_hand(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> UUID | None:
    """The client of the run that is open in a chat."""
    query = (
        select(Conversation.client_id)
        .where(
            Conversation.organization_id == organization_id,
            Conversation.chat_id == chat_id,
            Conversation.status.in_(("active", "handed_over")),
        )
        .order_by(Conversation.last_interaction_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()
