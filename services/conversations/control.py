"""Who has a chat, the assistant or a person: the same steps for a turn that is asked for it and for the office (UX-86)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, WhatsappChat
from db.repositories import conversations as repository
from db.repositories.accounts import add_log
from services.chatwoot import handoff
from services.identity.journal import note_by
from services.identity.principals import Principal

Step = Literal["resumed", "abandoned", "handed_over"]


class UnknownConversation(LookupError):
    """The company has no such run."""


class NotNow(ValueError):
    """The run is not in a state for this; the text says why."""


async def hand_over(session: AsyncSession, chat: WhatsappChat, run: Conversation) -> None:
    """The artisan asks for a person: the assistant is silent in his chat, and a shared inbox learns of it."""
    assert chat.organization_id is not None
    await repository.pause_bot(session, chat.organization_id, chat.id, paused=True)
    await handoff.handed_over(session, chat.organization_id, chat.account_id, chat.id, run.id)
    text = "An artisan asks for a human."
    add_log(
        session, chat.organization_id, "conversation.handed_over", text, type="warning", conversation_id=str(run.id)
    )


async def take_back(session: AsyncSession, chat: WhatsappChat) -> None:
    """The assistant speaks again in the chat, and a shared inbox learns of it."""
    assert chat.organization_id is not None
    await repository.pause_bot(session, chat.organization_id, chat.id, paused=False)
    await handoff.taken_back(session, chat.account_id, chat.id)


async def take_over(session: AsyncSession, chat: WhatsappChat) -> None:
    """A person of the office has the chat now: the assistant is silent until somebody gives it back."""
    assert chat.organization_id is not None
    await repository.pause_bot(session, chat.organization_id, chat.id, paused=True)
    await handoff.taken_over_by_office(session, chat.account_id, chat.id)


async def resume(session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID) -> None:
    """Gives the chat back to the assistant and takes the run up where it was left; the artisan goes on by writing.

    The other runs of the chat rest meanwhile. Doing it again changes nothing. Raises ``UnknownConversation``, and
    ``NotNow`` for a run that is completed.
    """
    run, chat = await locked(session, organization_id, conversation_id)
    if run.status == "completed":
        raise NotNow("The run is completed: there is nothing to resume.")
    if run.status == "active" and not chat.bot_paused:
        return
    await take_back(session, chat)
    await repository.rest_others(session, organization_id, chat.id, run.id)
    if run.awaiting:
        run.status, run.completed_at = "active", None
    else:
        run.status, run.completed_at = "completed", func.now()
    run.last_interaction_at = func.clock_timestamp()
    await _done(session, by, run, "resumed")


async def abandon(session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID) -> None:
    """Leaves the run as it is; its draft stays, and the artisan may come back to it (R093, C48).

    Doing it again changes nothing. Raises ``UnknownConversation``, and ``NotNow`` for a run that is completed.
    """
    run, _ = await locked(session, organization_id, conversation_id)
    if run.status == "completed":
        raise NotNow("The run is completed: there is nothing to abandon.")
    if run.status == "abandoned":
        return
    run.status = "abandoned"
    await _done(session, by, run, "abandoned")


async def hand_over_by_office(
    session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID
) -> None:
    """Takes the chat from the assistant: what the artisan writes is kept and shown, and nothing answers it.

    Doing it again changes nothing. Raises ``UnknownConversation``, and ``NotNow`` for a run that is completed.
    """
    run, chat = await locked(session, organization_id, conversation_id)
    if run.status == "completed":
        raise NotNow("The run is completed: there is nothing to hand over.")
    if run.status == "handed_over" and chat.bot_paused:
        return
    await take_over(session, chat)
    run.status = "handed_over"
    await _done(session, by, run, "handed_over")


async def locked(
    session: AsyncSession, organization_id: UUID, conversation_id: UUID
) -> tuple[Conversation, WhatsappChat]:
    """The run with its chat, which no turn changes until the transaction ends. Raises ``UnknownConversation``."""
    run = await repository.get_conversation(session, organization_id, conversation_id)
    if run is None:
        raise UnknownConversation(str(conversation_id))
    await repository.lock_chat(session, organization_id, run.chat_id)
    await session.refresh(run)
    return run, await repository.get_chat(session, organization_id, run.chat_id)


async def _done(session: AsyncSession, by: Principal, run: Conversation, step: Step) -> None:
    note_by(session, by, run.organization_id, f"conversation.{step}", run.workflow, about=run.id)
    await session.flush()
