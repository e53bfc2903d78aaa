"""What the office does about a run: who looks after it, tags, notes, and a word to the artisan in its own name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, ConversationNote, User, WhatsappChat
from db.models.base import new_id
from db.repositories import conversations as repository
from db.repositories import members
from prompts.replies import say
from services.conversations import control
from services.conversations.control import NotNow, locked
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words

MOST_TAGS = 20
OFFICE = "office"
"""Mark in the provenance of a message that a person wrote through the API: who, and his name."""


class UnknownMember(LookupError):
    """The company has no such active member."""


class TooManyTags(ValueError):
    """A run has at most ``MOST_TAGS``."""


async def assign(
    session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID, member_id: UUID | None
) -> None:
    """Says who looks after a run; None for nobody. Raises ``UnknownConversation`` and ``UnknownMember``."""
    run, _ = await locked(session, organization_id, conversation_id)
    if member_id is not None:
        found = await members.member(session, organization_id, member_id)
        if found is None or not found[0].is_active:
            raise UnknownMember(str(member_id))
    if run.assigned_to != member_id:
        run.assigned_to = member_id
        _note(session, by, run, "assigned", str(member_id or "nobody"))
        await session.flush()


async def set_tags(
    session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID, tags: Iterable[str]
) -> None:
    """Gives a run exactly these tags. Raises ``UnknownConversation`` and ``TooManyTags``."""
    run, _ = await locked(session, organization_id, conversation_id)
    await _write_tags(session, by, run, tags)


async def add_tags(
    session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID, tags: Iterable[str]
) -> None:
    """Gives a run these tags besides those that it has. Raises as ``set_tags``."""
    run, _ = await locked(session, organization_id, conversation_id)
    await _write_tags(session, by, run, [*run.tags, *tags])


async def add_note(
    session: AsyncSession, by: Principal, organization_id: UUID, conversation_id: UUID, text: str
) -> ConversationNote:
    """Notes something beside a run; the artisan never sees it. Raises ``UnknownConversation``."""
    run, _ = await locked(session, organization_id, conversation_id)
    author = await _name(session, organization_id, by) or _ROLES[by.kind]
    note = ConversationNote(
        id=new_id(),
        organization_id=organization_id,
        conversation_id=run.id,
        author_id=by.user_id,
        author=author,
        text=text,
    )
    session.add(note)
    _note(session, by, run, "noted", "")
    await session.flush()
    await session.refresh(note)
    return note


async def write(
    session: AsyncSession,
    by: Principal,
    organization_id: UUID,
    conversation_id: UUID,
    text: str,
    *,
    take_over: bool = True,
) -> UUID:
    """Writes to the artisan in the run's chat as the office, marked as such; returns the id of the message.

    It never reaches a graph. The assistant is silent from then on (UX-86), since the artisan's answer is meant for the
    office: a "yes" to a colleague must not approve a document. With ``take_over`` False it stays, which is refused while
    it waits for an answer. Raises ``UnknownConversation``; ``NotNow`` where nothing can be written.
    """
    run, chat = await locked(session, organization_id, conversation_id)
    found = await repository.artisan_of(session, organization_id, conversation_id)
    artisan = found[1] if found else None
    if chat.purpose != "command" or artisan is None or not artisan.is_active:
        raise NotNow("The artisan of this chat has left.")
    falls_silent = take_over and not chat.bot_paused
    if not take_over and not chat.bot_paused and await repository.awaits_answer(session, organization_id, chat.id):
        raise NotNow(
            "The assistant waits for an answer in this chat, which would be taken for his: take the chat over."
        )
    if falls_silent:
        await control.take_over(session, chat)
        if run.status in ("active", "error"):
            run.status = "handed_over"
    _note(session, by, run, "written", "", silent=falls_silent)
    return await _send(session, by, run, chat, artisan, text, falls_silent)


async def _send(
    session: AsyncSession,
    by: Principal,
    run: Conversation,
    chat: WhatsappChat,
    artisan: User,
    text: str,
    falls_silent: bool,
) -> UUID:
    name = await _name(session, run.organization_id, by)
    async with own_words(session, run.organization_id):
        body = say(
            run.language,
            "answers.from_office",
            form=artisan.address_form,
            name=name,
            support=by.kind == "platform",
            text=text,
            silent=falls_silent,
        )
    message = OutgoingMessage(
        organization_id=run.organization_id,
        account_id=chat.account_id,
        chat_id=chat.id,
        to_phone=artisan.whatsapp_phone,
        body=body,
        conversation_id=run.id,
        provenance={OFFICE: {"kind": by.kind, "id": str(by.id), "name": name}},
    )
    return await outbox.enqueue(session, message)


async def _write_tags(session: AsyncSession, by: Principal, run: Conversation, tags: Iterable[str]) -> None:
    wanted = sorted(set(tags))
    if len(wanted) > MOST_TAGS:
        raise TooManyTags
    if wanted != run.tags:
        run.tags = wanted
        _note(session, by, run, "tagged", ", ".join(wanted))
        await session.flush()


_ROLES = {"user": "Member", "key": "API key", "platform": "Support"}


async def _name(session: AsyncSession, organization_id: UUID, by: Principal) -> str | None:
    """First and last name of a member; None for anybody else."""
    if by.user_id is None:
        return None
    found = await members.member(session, organization_id, by.user_id)
    names = (found[0].first_name, found[0].last_name) if found else ()
    return " ".join(name for name in names if name) or None


def _note(session: AsyncSession, by: Principal, run: Conversation, what: str, text: str, **details: Any) -> None:
    note_by(session, by, run.organization_id, f"conversation.{what}", text, about=run.id, **details)
