"""Queries of the office's inbox: chats with their last words, messages with what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, cast, func, or_, select, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from db.models import (
    Client,
    Conversation,
    DeliveryStatus,
    Outbox,
    Turn,
    User,
    VoiceTranscription,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)
from db.paging import Rows, Sortable, Wanted, fetch_page

_LAST_MESSAGES = text("""
select m.id from unnest(cast(:chat_ids as uuid[])) as chat (id), lateral (
  select id from whatsapp_messages
   where chat_id = chat.id and organization_id = :organization_id
   order by sent_at desc, id desc limit 1) m
""")
_CANCEL = text("""
update outbox set status = 'cancelled' where organization_id = :organization_id and id = :id and status = 'queued'
""")
_ASK_BACK = text("""
update outbox set revoke_asked_at = now()
 where organization_id = :organization_id and id = :id and status in ('sending', 'sent', 'delivered', 'read')
   and revoke_asked_at is null
""")


@dataclass(frozen=True, slots=True)
class ChatFilter:
    """Which chats are wanted; None means any."""

    purpose: str | None = None
    inbox_status: str | None = None
    account_id: UUID | None = None
    client_id: UUID | None = None
    user_id: UUID | None = None
    unread: bool | None = None
    silent: bool | None = None
    archived: bool | None = False


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages of a chat or run are wanted; None means any. The later moment is excluded."""

    direction: str | None = None
    type: str | None = None
    sent_from: datetime | None = None
    sent_until: datetime | None = None


CHATS_BY = Sortable(
    {
        "last_message_at": func.coalesce(WhatsappChat.last_message_at, WhatsappChat.created_at),
        "created_at": WhatsappChat.created_at,
    },
    key=WhatsappChat.id,
    default="-last_message_at",
)
MESSAGES_BY = Sortable({"sent_at": WhatsappMessage.sent_at}, key=WhatsappMessage.id, default="-sent_at")


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A chat with the number it is on and the artisan or client on the other side."""

    chat: WhatsappChat
    account: WhatsappAccount
    artisan: User | None
    client: Client | None


async def chats(session: AsyncSession, organization_id: UUID, wanted: ChatFilter, place: Wanted) -> Rows[WhatsappChat]:
    """One page of the chats that ``wanted`` lets through."""
    query = select(WhatsappChat).where(WhatsappChat.organization_id == organization_id)
    equal = {
        WhatsappChat.purpose: wanted.purpose,
        WhatsappChat.inbox_status: wanted.inbox_status,
        WhatsappChat.account_id: wanted.account_id,
        WhatsappChat.client_id: wanted.client_id,
        WhatsappChat.user_id: wanted.user_id,
        WhatsappChat.bot_paused: wanted.silent,
        WhatsappChat.archived: wanted.archived,
    }
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.unread is not None:
        query = query.where(WhatsappChat.unread_count > 0 if wanted.unread else WhatsappChat.unread_count == 0)
    return await fetch_page(session, query, place)


async def with_sides(session: AsyncSession, organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ChatRow]:
    """These chats with what a reader wants to know of them, by id."""
    query = (
        select(WhatsappChat, WhatsappAccount, User, Client)
        .join(WhatsappAccount, WhatsappAccount.id == WhatsappChat.account_id)
        .outerjoin(User, and_(User.id == WhatsappChat.user_id, User.organization_id == organization_id))
        .outerjoin(Client, and_(Client.id == WhatsappChat.client_id, Client.organization_id == organization_id))
        .where(WhatsappChat.organization_id == organization_id, WhatsappChat.id.in_(ids))
    )
    return {row[0].id: ChatRow(*row) for row in await session.execute(query)}


async def last_messages(
    session: AsyncSession, organization_id: UUID, chat_ids: Sequence[UUID]
) -> dict[UUID, WhatsappMessage]:
    """The newest message of each chat."""
    found = await session.scalars(_LAST_MESSAGES, {"organization_id": organization_id, "chat_ids": list(chat_ids)})
    query = select(WhatsappMessage).where(
        WhatsappMessage.organization_id == organization_id, WhatsappMessage.id.in_(found.all())
    )
    return {message.chat_id: message for message in await session.scalars(query)}


async def messages_of_chat(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, wanted: MessageFilter, place: Wanted
) -> Rows[WhatsappMessage]:
    """One page of a chat's messages."""
    query = _messages(organization_id, chat_id, wanted).options(
        defer(WhatsappMessage.quoted, raiseload=True)
    )  # sealed, and not listed
    return await fetch_page(session, query, place)


async def messages_of_run(
    session: AsyncSession, organization_id: UUID, run: Conversation, wanted: MessageFilter, place: Wanted
) -> Rows[WhatsappMessage]:
    """One page of what the turns of a run read, and of what was written for it."""
    read = select(cast(func.jsonb_array_elements_text(Turn.message_ids), UuidType)).where(
        Turn.organization_id == organization_id, Turn.conversation_ids.contains([str(run.id)])
    )
    query = _messages(organization_id, run.chat_id, wanted).where(
        or_(WhatsappMessage.conversation_id == run.id, WhatsappMessage.id.in_(read))
    )
    return await fetch_page(session, query, place)


def _messages(organization_id: UUID, chat_id: UUID, wanted: MessageFilter) -> Select[WhatsappMessage]:
    query = select(WhatsappMessage).where(
        WhatsappMessage.organization_id == organization_id, WhatsappMessage.chat_id == chat_id
    )
    if wanted.direction is not None:
        query = query.where(WhatsappMessage.direction == wanted.direction)
    if wanted.type is not None:
        query = query.where(WhatsappMessage.type == wanted.type)
    if wanted.sent_from is not None:
        query = query.where(WhatsappMessage.sent_at >= wanted.sent_from)
    if wanted.sent_until is not None:
        query = query.where(WhatsappMessage.sent_at < wanted.sent_until)
    return query


async def outbox_rows(session: AsyncSession, organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Outbox]:
    """Rows of the outbox by id."""
    query = select(Outbox).where(Outbox.organization_id == organization_id, Outbox.id.in_(ids))
    return {row.id: row for row in await session.scalars(query)}


async def message(
    session: AsyncSession, organization_id: UUID, message_id: UUID
) -> tuple[WhatsappMessage | None, Outbox | None]:
    """A message by its id, or by that of the outbox row which it was before it left."""
    query = select(WhatsappMessage).where(
        WhatsappMessage.organization_id == organization_id,
        or_(WhatsappMessage.id == message_id, WhatsappMessage.outbox_id == message_id),
    )
    found = (await session.scalars(query)).first()
    outbox_id = found.outbox_id if found is not None else message_id
    rows = await outbox_rows(session, organization_id, [outbox_id]) if outbox_id else {}
    return found, rows.get(outbox_id) if outbox_id else None


async def delivery_steps(
    session: AsyncSession, organization_id: UUID, message_id: UUID | None, outbox_id: UUID | None
) -> Sequence[Row[str, datetime]]:
    """Status and moment of every step of a message that left, in order (R054)."""
    query = (
        select(DeliveryStatus.status, DeliveryStatus.at)
        .where(
            DeliveryStatus.organization_id == organization_id,
            DeliveryStatus.outbox_id == outbox_id if outbox_id else DeliveryStatus.message_id == message_id,
        )
        .order_by(DeliveryStatus.at, DeliveryStatus.id)
    )
    return (await session.execute(query)).all()


async def voice_note(session: AsyncSession, organization_id: UUID, message_id: UUID) -> VoiceTranscription | None:
    """What became of a voice note (R086)."""
    query = select(VoiceTranscription).where(
        VoiceTranscription.organization_id == organization_id, VoiceTranscription.message_id == message_id
    )
    return (await session.scalars(query)).one_or_none()


async def cancel(session: AsyncSession, organization_id: UUID, outbox_id: UUID) -> bool:
    """Stops a message that has not been claimed for delivery; False when it was too late."""
    result: Any = await session.execute(_CANCEL, {"organization_id": organization_id, "id": outbox_id})
    return bool(result.rowcount)


async def ask_back(session: AsyncSession, organization_id: UUID, outbox_id: UUID) -> bool:
    """Notes that a message that left is wanted back; False for one that did not leave, or when that was known."""
    result: Any = await session.execute(_ASK_BACK, {"organization_id": organization_id, "id": outbox_id})
    return bool(result.rowcount)
