"""What was heard, for whoever asks: a tool, a router or a job."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import voice as repository


async def last_transcript(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> str | None:
    """The words of the chat's last voice note as the recogniser wrote them; None when nothing was ever heard (UX-58)."""
    return await repository.last_heard(session, organization_id, chat_id)
