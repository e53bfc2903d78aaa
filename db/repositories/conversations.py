"""Queries about a chat's turn: what waits, who speaks, the runs and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, Organization, User, WhatsappChat, WhatsappMessage

_TAKE = text("""
with waiting as (
  select id from whatsapp_messages
   where organization_id = :organization_id and chat_id = :chat_id and processing_status = 'queued'
), taken as (
  update whatsapp_messages m set processing_status = 'processed', processed_at = clock_timestamp()
    from waiting where m.id = waiting.id and m.id = any(:message_ids)
)
select id from waiting
""")


async def waiting_messages(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> Sequence[WhatsappMessage]:
    """Messages of the chat that no turn has taken yet, in the provider's order (UX-11)."""
    query = (
        select(WhatsappMessage)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.processing_status == "queued",
        )
        .order_by(WhatsappMessage.sent_at, WhatsappMessage.received_at, WhatsappMessage.id)
    )
    return (await session.scalars(query)).all()


async def latest_attachment(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, since: datetime
) -> tuple[str, str] | None:
    """Provider ids of the message and the picture or file that came last in the chat since a moment; None without one.

    What is forwarded is somebody else's (UX-18).
    """
    query = (
        select(WhatsappMessage.provider_message_id, WhatsappMessage.attachments)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.direction == "inbound",
            WhatsappMessage.is_forwarded.is_(False),
            WhatsappMessage.received_at >= since,
            func.jsonb_array_length(WhatsappMessage.attachments) > 0,
        )
        .order_by(WhatsappMessage.sent_at.desc(), WhatsappMessage.id.desc())
    )
    for message_ref, attachments in await session.execute(query):
        for attachment in attachments:
            if attachment["type"] in ("img", "file") and not attachment["sticker"]:
                return message_ref, attachment["id"]
    return None


async def speakers(
    session: AsyncSession, organization_id: UUID, chat_id: UUID
) -> tuple[WhatsappChat, User, Organization] | None:
    """The command chat with its artisan and his company."""
    query = (
        select(WhatsappChat, User, Organization)
        .join(User, User.id == WhatsappChat.user_id)
        .join(Organization, Organization.id == WhatsappChat.organization_id)
        .where(
            WhatsappChat.organization_id == organization_id,
            WhatsappChat.id == chat_id,
            WhatsappChat.purpose == "command",
        )
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1], found[2]) if found else None


async def latest_conversation(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> Conversation | None:
    """The run that a message of this chat continues: the active one, else the one touched last.

    Answered questions are not continued; a question that was not understood is (R101).
    """
    query = (
        select(Conversation)
        .where(
            Conversation.organization_id == organization_id,
            Conversation.chat_id == chat_id,
            or_(Conversation.workflow != "ask", Conversation.awaiting.is_not(None), Conversation.retry_count > 0),
        )
        .order_by((Conversation.status == "active").desc(), Conversation.last_interaction_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def get_conversation(session: AsyncSession, organization_id: UUID, conversation_id: UUID) -> Conversation | None:
    query = select(Conversation).where(
        Conversation.organization_id == organization_id, Conversation.id == conversation_id
    )
    return (await session.scalars(query)).one_or_none()


async def get_chat(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> WhatsappChat:
    """A chat of the organization, as it is now."""
    query = select(WhatsappChat).where(WhatsappChat.organization_id == organization_id, WhatsappChat.id == chat_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def any_run(session: AsyncSession, organization_id: UUID, workflow: str) -> bool:
    """Whether the organization ever had a run of this workflow."""
    found = select(Conversation.id).where(
        Conversation.organization_id == organization_id, Conversation.workflow == workflow
    )
    return (await session.scalar(select(found.exists()))) is True


async def interrupted_run(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, workflow: str, since: datetime
) -> Conversation | None:
    """The run of this workflow that was left with an open question after ``since``, the last one of the chat."""
    query = (
        select(Conversation)
        .where(
            Conversation.organization_id == organization_id,
            Conversation.chat_id == chat_id,
            Conversation.workflow == workflow,
            Conversation.status == "abandoned",
            Conversation.awaiting.is_not(None),
            Conversation.last_interaction_at >= since,
        )
        .order_by(Conversation.last_interaction_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def parked_conversation(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> Conversation | None:
    """The oldest task of an earlier message that still waits for its turn (UX-32)."""
    query = (
        select(Conversation)
        .where(
            Conversation.organization_id == organization_id,
            Conversation.chat_id == chat_id,
            Conversation.status == "abandoned",
            Conversation.context_data["parked"].as_boolean(),
        )
        .order_by(Conversation.started_at)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def take_messages(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID]
) -> set[UUID]:
    """Takes the messages for this turn; returns all that were waiting in the chat, those not asked for included."""
    arguments = {"organization_id": organization_id, "chat_id": chat_id, "message_ids": list(message_ids)}
    return set((await session.scalars(_TAKE, arguments)).all())


async def mark_prepared(session: AsyncSession, organization_id: UUID, message_ids: Sequence[UUID]) -> None:
    """Notes that the messages were listened to and looked at, or given up."""
    await session.execute(
        update(WhatsappMessage)
        .where(WhatsappMessage.organization_id == organization_id, WhatsappMessage.id.in_(message_ids))
        .values(prepared_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def words_of(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID]
) -> str | None:
    """The artisan's words in these messages; None when he has written on in the chat since."""
    found = (await session.scalars(_taken(organization_id, chat_id, message_ids))).all()
    if not found or await _written_since(session, organization_id, chat_id, found):
        return None
    return "\n".join(words for message in found if (words := message.text or message.transcription))


async def again_waiting(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID]
) -> bool:
    """Puts messages that a turn took back among those that wait, unless the artisan has written on; whether it did."""
    found = (await session.scalars(_taken(organization_id, chat_id, message_ids))).all()
    if not found or await _written_since(session, organization_id, chat_id, found):
        return False
    for message in found:
        message.processing_status, message.processed_at = "queued", None
        message.details = {**message.details, "read_again": True}
    await session.flush()
    return True


def _taken(organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID]) -> Select[WhatsappMessage]:
    return (
        select(WhatsappMessage)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.id.in_(message_ids),
            WhatsappMessage.processing_status == "processed",
        )
        .order_by(WhatsappMessage.sent_at, WhatsappMessage.received_at, WhatsappMessage.id)
    )


async def _written_since(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, messages: Sequence[WhatsappMessage]
) -> bool:
    query = select(
        exists().where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.direction == "inbound",
            WhatsappMessage.received_at > max(message.received_at for message in messages),
        )
    )
    return bool((await session.scalars(query)).one())


async def keep_provenance(
    session: AsyncSession, organization_id: UUID, message_ids: Sequence[UUID], provenance: dict[str, Any]
) -> None:
    """Writes beside the artisan's messages how they were read."""
    await session.execute(
        update(WhatsappMessage)
        .where(WhatsappMessage.organization_id == organization_id, WhatsappMessage.id.in_(message_ids))
        .values(provenance=provenance)
        .execution_options(synchronize_session=False)
    )


async def lock_chat(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> None:
    """Holds the chat until the transaction ends, beside the queue's own lock."""
    await session.execute(
        select(WhatsappChat.id)
        .where(WhatsappChat.organization_id == organization_id, WhatsappChat.id == chat_id)
        .with_for_update()
    )


async def rest_others(session: AsyncSession, organization_id: UUID, chat_id: UUID, keep: UUID) -> None:
    """Marks every other active run of the chat as abandoned; its draft stays (R093, C48)."""
    await session.execute(
        update(Conversation)
        .where(
            Conversation.organization_id == organization_id,
            Conversation.chat_id == chat_id,
            Conversation.status == "active",
            Conversation.id != keep,
        )
        .values(status="abandoned")
        .execution_options(synchronize_session=False)
    )


async def abandon_idle(session: AsyncSession, before: datetime) -> int:
    """Marks runs without interaction since ``before`` as abandoned, across tenants; nothing is sent (R095, UX-73)."""
    statement = (
        update(Conversation)
        .where(Conversation.status == "active", Conversation.last_interaction_at < before)
        .values(status="abandoned")
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.scalars(statement)).all())


async def finished_threads(session: AsyncSession, before: datetime, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """(organization, conversation) of completed runs older than ``before`` whose checkpoints are still stored."""
    query = text(
        "select c.organization_id, c.id from conversations c where c.status = 'completed' and c.completed_at < :before "
        "and exists (select 1 from langgraph.checkpoints k where k.thread_id = c.organization_id || ':' || c.id) limit :n"
    )
    return [(row[0], row[1]) for row in (await session.execute(query, {"before": before, "n": limit})).all()]


async def awaits_answer(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> bool:
    """Whether the assistant has asked something in the chat that is not answered yet."""
    query = select(
        exists().where(
            Conversation.organization_id == organization_id,
            Conversation.chat_id == chat_id,
            Conversation.status == "active",
            Conversation.awaiting.is_not(None),
        )
    )
    return bool((await session.scalars(query)).one())


async def pause_bot(session: AsyncSession, organization_id: UUID, chat_id: UUID, *, paused: bool) -> None:
    """Silences the assistant in a chat while a human has it, or wakes it (UX-86)."""
    await session.execute(
        update(WhatsappChat)
        .where(WhatsappChat.organization_id == organization_id, WhatsappChat.id == chat_id)
        .values(bot_paused=paused, inbox_status="open")
        .execution_options(synchronize_session=False)
    )


async def set_address_form(session: AsyncSession, organization_id: UUID, user_id: UUID, form: str) -> None:
    """How the artisan is spoken to: tu, vous, sen or siz (UX-89)."""
    await session.execute(
        update(User)
        .where(User.organization_id == organization_id, User.id == user_id)
        .values(address_form=form)
        .execution_options(synchronize_session=False)
    )


async def artisan_of(
    session: AsyncSession, organization_id: UUID, conversation_id: UUID
) -> tuple[Conversation, User] | None:
    """The run with the artisan who speaks in it."""
    query = (
        select(Conversation, User)
        .join(User, User.id == Conversation.user_id)
        .where(Conversation.organization_id == organization_id, Conversation.id == conversation_id)
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def command_chat(
    session: AsyncSession, organization_id: UUID, conversation_id: UUID | None
) -> tuple[WhatsappChat, User, str] | None:
    """Where and in which language an artisan is told something: the run's chat, else the one that was last used."""
    query = (
        select(WhatsappChat, User, Conversation.language)
        .join(User, User.id == WhatsappChat.user_id)
        .outerjoin(Conversation, (Conversation.chat_id == WhatsappChat.id) & (Conversation.id == conversation_id))
        .where(
            WhatsappChat.organization_id == organization_id,
            WhatsappChat.purpose == "command",
            User.is_active,
            User.whatsapp_phone.is_not(None),
        )
        .order_by(Conversation.id.is_(None), WhatsappChat.last_message_at.desc().nulls_last())
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1], found[2] or found[1].preferred_language) if found else None
