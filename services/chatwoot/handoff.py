"""Who has a conversation, the assistant or the team, in both directions (UX-86…88): pending is ours, open is theirs.

The turn decides and pauses; what must happen at the server is a job, done again until it is done.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation
from db.queue import defer
from db.repositories import chatwoot as repository
from db.repositories.conversations import get_conversation
from db.repositories.outbox import provider_of
from prompts.replies import say
from services.chatwoot.channel import ChatwootChannel
from services.chatwoot.markup import to_commonmark
from services.chatwoot.normalise import OWN_NOTE
from services.documents import service as documents
from services.documents.outline import outline
from services.messaging.capabilities import CAPABILITIES

HAND_OVER, TAKE_BACK = "hand_over_chat", "take_back_chat"
LAST_WORDS = 8
"""Messages of the conversation that the team's note repeats."""
TEAM_LANGUAGE = "fr"


async def handed_over(
    session: AsyncSession, organization_id: UUID, account_id: UUID, chat_id: UUID, conversation_id: UUID
) -> None:
    """Calls for the hand-over of a chat that the team can take, in the transaction that silences the assistant."""
    if CAPABILITIES[await provider_of(session, account_id)].silent_notes:
        await defer(
            session,
            HAND_OVER,
            lock=f"handoff:{chat_id}",
            chat_id=str(chat_id),
            organization_id=str(organization_id),
            conversation_id=str(conversation_id),
        )


async def taken_back(session: AsyncSession, account_id: UUID, chat_id: UUID) -> None:
    """Calls for giving the chat back to the assistant, who was asked to go on."""
    if CAPABILITIES[await provider_of(session, account_id)].silent_notes:
        await defer(session, TAKE_BACK, lock=f"handoff:{chat_id}", chat_id=str(chat_id))


async def taken_over(session: AsyncSession, chat_id: UUID) -> None:
    """A member of the team has answered: the conversation is opened without a note."""
    await defer(session, HAND_OVER, lock=f"handoff:{chat_id}", chat_id=str(chat_id))


async def taken_over_by_office(session: AsyncSession, account_id: UUID, chat_id: UUID) -> None:
    """Somebody took the chat from outside the inbox: a conversation that the team can see is opened without a note."""
    if CAPABILITIES[await provider_of(session, account_id)].silent_notes:
        await taken_over(session, chat_id)


async def open_for_team(channel: ChatwootChannel, chat_ref: str, note: str | None) -> None:
    """Leaves the note, once, and opens the conversation. Raises ``ChannelError``; doing it again does no harm."""
    if note is not None:
        content = to_commonmark(note)
        there = await channel.client.messages(chat_ref)
        if not any(message.get("private") and message.get("content") == content for message in there):
            await channel.client.create_message(chat_ref, content, private=True)
    if (await channel.client.conversation(chat_ref)).get("status") != "open":
        await channel.client.toggle_status(chat_ref, "open")


async def give_back(channel: ChatwootChannel, chat_ref: str) -> None:
    """Sets the conversation to pending, which is the assistant's."""
    if (await channel.client.conversation(chat_ref)).get("status") != "pending":
        await channel.client.toggle_status(chat_ref, "pending")


async def summary(session: AsyncSession, organization_id: UUID, chat_id: UUID, conversation_id: UUID) -> str:
    """What the team must know to answer: who asks, what is at hand, the last words, how to give it back."""
    person = await repository.person_of_chat(session, organization_id, chat_id)
    run = await get_conversation(session, organization_id, conversation_id)
    words = await repository.last_words(session, organization_id, chat_id, LAST_WORDS)
    return f"{OWN_NOTE} " + say(
        TEAM_LANGUAGE,
        "team.handed_over",
        name=person.name,
        company=person.company,
        phone=person.phone,
        writes=person.language,
        document=await _document(session, organization_id, run) if run else None,
        messages=[{"ours": direction == "outbound", "text": _short(said)} for direction, said in words],
    )


async def _document(session: AsyncSession, organization_id: UUID, run: Conversation) -> dict[str, Any] | None:
    document_id = run.quote_id or run.invoice_id
    if document_id is None:
        return None
    kind = "quote" if run.quote_id else "invoice"
    shown = outline(await documents.load(session, organization_id, kind, document_id))
    client = shown["client"]["name"]
    total = shown["total"]
    return {"kind": kind, "number": shown["number"], "client": client, "lines": len(shown["lines"]), "total": total}


def _short(words: str | None, longest: int = 300) -> str:
    flat = " ".join((words or "…").split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
