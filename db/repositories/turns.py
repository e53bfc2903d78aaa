"""Queries about turns: what was said, understood and done, for those who watch and improve the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, Turn, WhatsappChat


async def turns_of_user(
    session: AsyncSession, organization_id: UUID, user_id: UUID, limit: int
) -> Sequence[tuple[Turn, str]]:
    """The latest turns of a user's command chats with the workflow they ran in, newest first."""
    query = (
        select(Turn, Conversation.workflow)
        .join(WhatsappChat, WhatsappChat.id == Turn.chat_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            Turn.organization_id == organization_id,
            WhatsappChat.user_id == user_id,
            WhatsappChat.purpose == "command",
        )
        .order_by(Turn.created_at.desc())
        .limit(limit)
    )
    return [(turn, workflow) for turn, workflow in await session.execute(query)]
