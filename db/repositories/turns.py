"""Queries about turns: what was said, understood and done, for those who watch and improve the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, DocumentVersion, Turn, WhatsappChat, WhatsappMessage


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


async def turn_of_message(session: AsyncSession, organization_id: UUID, chat_id: UUID, message_id: UUID) -> Turn | None:
    """The turn that read a message last; None when none has."""
    query = (
        select(Turn)
        .where(
            Turn.organization_id == organization_id,
            Turn.chat_id == chat_id,
            Turn.message_ids.contains([str(message_id)]),
        )
        .order_by(Turn.created_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def messages_of_turn(session: AsyncSession, organization_id: UUID, turn: Turn) -> Sequence[WhatsappMessage]:
    """The messages that a turn read, in the order in which it read them."""
    query = (
        select(WhatsappMessage)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.id.in_([UUID(each) for each in turn.message_ids]),
        )
        .order_by(WhatsappMessage.sent_at, WhatsappMessage.received_at, WhatsappMessage.id)
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def began_document(session: AsyncSession, organization_id: UUID, turn: Turn) -> bool:
    """Whether the turn's messages are those with which a document began."""
    query = select(
        exists().where(
            DocumentVersion.organization_id == organization_id,
            DocumentVersion.version == 1,
            DocumentVersion.inbound_message_id.in_([UUID(each) for each in turn.message_ids]),
        )
    )
    return bool((await session.scalars(query)).one())


async def adopt_edit(session: AsyncSession, organization_id: UUID, message_id: UUID) -> None:
    """The words that an edit left beside a message become its words; the first ones are kept."""
    query = (
        select(WhatsappMessage)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.id == message_id,
            WhatsappMessage.details.has_key("edited_text"),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    message = (await session.scalars(query)).one_or_none()
    if message is None:
        return
    kept = {name: value for name, value in message.details.items() if name != "edited_text"}
    words, message.text = message.text, message.details["edited_text"]
    message.details = {"original_text": words, **kept}
    await session.flush()
