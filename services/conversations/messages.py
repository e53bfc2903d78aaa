"""Chats and messages as the office reads them, with what became of each; taking one of ours back (EP39–EP43)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Outbox, WhatsappAccount, WhatsappMessage
from db.paging import Rows, Wanted
from db.queue import defer
from db.repositories import conversations, inbox
from db.repositories.inbox import ChatRow
from services.attachments.schemas import seen_of
from services.conversations.control import NotNow, UnknownConversation
from services.conversations.message_schemas import (
    Author,
    Chat,
    DeliveryStep,
    FileLink,
    MessageView,
    Number,
    Origin,
    SingleMessage,
    VoiceNote,
)
from services.conversations.office import OFFICE
from services.conversations.schemas import Named
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.messaging.capabilities import CAPABILITIES
from services.messaging.revoking import REVOKE
from services.storage.links import link_to
from services.storage.service import storage

_LEFT = ("sending", "sent", "delivered", "read")


class UnknownChat(LookupError):
    """The company has no such chat."""


class UnknownMessage(LookupError):
    """The company has no such message."""


async def chats(session: AsyncSession, organization_id: UUID, wanted: inbox.ChatFilter, place: Wanted) -> Rows[Chat]:
    """One page of the company's chats, each with its last message."""
    found = await inbox.chats(session, organization_id, wanted, place)
    return Rows(await _chats(session, organization_id, [chat.id for chat in found.rows]), found.next)


async def chat(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> Chat:
    """One chat. Raises ``UnknownChat``."""
    found = await _chats(session, organization_id, [chat_id])
    if not found:
        raise UnknownChat(str(chat_id))
    return found[0]


async def of_chat(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, wanted: inbox.MessageFilter, place: Wanted
) -> Rows[MessageView]:
    """One page of a chat's messages. Raises ``UnknownChat``."""
    if not await inbox.with_sides(session, organization_id, [chat_id]):
        raise UnknownChat(str(chat_id))
    found = await inbox.messages_of_chat(session, organization_id, chat_id, wanted, place)
    return await _views(session, organization_id, found)


async def of_run(
    session: AsyncSession, organization_id: UUID, conversation_id: UUID, wanted: inbox.MessageFilter, place: Wanted
) -> Rows[MessageView]:
    """One page of a run's messages. Raises ``UnknownConversation``."""
    run = await conversations.get_conversation(session, organization_id, conversation_id)
    if run is None:
        raise UnknownConversation(str(conversation_id))
    found = await inbox.messages_of_run(session, organization_id, run, wanted, place)
    return await _views(session, organization_id, found)


async def single(session: AsyncSession, organization_id: UUID, message_id: UUID, base_url: str) -> SingleMessage:
    """One message with its delivery, voice record and files; ``base_url`` is where this installation is reached.

    ``message_id`` may be the id that a message had before it left. Raises ``UnknownMessage``.
    """
    message, row = await inbox.message(session, organization_id, message_id)
    if message is None and row is None:
        raise UnknownMessage(str(message_id))
    steps = await inbox.delivery_steps(
        session, organization_id, message.id if message else None, row.id if row else None
    )
    note = await inbox.voice_note(session, organization_id, message.id) if message else None
    keys = _keys(message, row) + ([note.audio_key] if note and note.audio_key else [])
    return SingleMessage.model_validate(
        _facts(message, row)
        | {
            "history": [DeliveryStep(status=step.status, at=step.at) for step in steps],
            "voice": VoiceNote.model_validate(note) if note else None,
            "files": [await _link(key, row, base_url) for key in keys],
            "origin": _origin(message, row),
        }
    )


async def take_back(session: AsyncSession, by: Principal, organization_id: UUID, message_id: UUID) -> None:
    """Wants a message of ours back: one that waits is stopped, one that left is deleted on the phone by a job (R059).

    Doing it again does no harm. Raises ``UnknownMessage``; ``NotNow`` for what a person wrote on a phone, for an e-mail,
    and on a channel that takes nothing back.
    """
    message, row = await inbox.message(session, organization_id, message_id)
    if message is None and row is None:
        raise UnknownMessage(str(message_id))
    if row is None:
        raise NotNow("Only what Usta wrote can be taken back.")
    if await inbox.cancel(session, organization_id, row.id):
        note_by(session, by, organization_id, "message.stopped", row.recipient, about=row.id)
        return
    await session.refresh(row)
    if row.status not in _LEFT:
        return
    if row.channel == "email":
        raise NotNow("An e-mail cannot be taken back.")
    account = await session.get_one(WhatsappAccount, row.account_id)
    if not CAPABILITIES[account.provider].revoke:
        raise NotNow("This channel takes nothing back.")
    if await inbox.ask_back(session, organization_id, row.id):
        await defer(session, REVOKE, outbox_id=str(row.id))
        note_by(session, by, organization_id, "message.revoke_asked", row.recipient, about=row.id)


async def _chats(session: AsyncSession, organization_id: UUID, ids: Sequence[UUID]) -> list[Chat]:
    rows = await inbox.with_sides(session, organization_id, ids)
    last = await inbox.last_messages(session, organization_id, ids)
    return [_chat(rows[each], last.get(each)) for each in ids if each in rows]


def _chat(row: ChatRow, last: WhatsappMessage | None) -> Chat:
    chat, user, client = row.chat, row.artisan, row.client
    artisan = " ".join(name for name in (user.first_name, user.last_name) if name) if user else ""
    return Chat(
        id=chat.id,
        purpose=chat.purpose,
        is_group=bool(chat.type),
        name=chat.name or artisan or (client.name if client else None),
        phone=chat.attendee_phone,
        number=Number.model_validate(row.account),
        artisan=Named(id=user.id, name=artisan or None) if user else None,
        client=Named(id=client.id, name=client.name) if client else None,
        inbox_status=chat.inbox_status,
        assistant_silent=chat.bot_paused,
        silent_until=chat.paused_until,
        unread=chat.unread_count,
        archived=chat.archived,
        last_message_at=chat.last_message_at,
        last_message=MessageView.model_validate(_facts(last, None)) if last else None,
    )


async def _views(session: AsyncSession, organization_id: UUID, found: Rows[WhatsappMessage]) -> Rows[MessageView]:
    rows = await inbox.outbox_rows(
        session, organization_id, [message.outbox_id for message in found.rows if message.outbox_id]
    )
    views = [
        MessageView.model_validate(_facts(message, rows.get(message.outbox_id) if message.outbox_id else None))
        for message in found.rows
    ]
    return Rows(views, found.next)


def _facts(message: WhatsappMessage | None, row: Outbox | None) -> dict[str, Any]:
    """What is told of a message, whether it has left (``message``) or is still in the outbox alone."""
    if message is None:
        assert row is not None
        return {
            "id": row.id,
            "outbox_id": row.id,
            "chat_id": row.chat_id,
            "conversation_id": row.conversation_id,
            "direction": "outbound",
            "author": _author_of_ours(row.provenance),
            "type": row.kind,
            "text": row.body,
            "filenames": [row.filename] if row.filename else [],
            "recipient": row.recipient,
            "status": row.status,
            "error": row.error,
            "sent_at": row.sent_at,
        }
    return {
        "id": message.id,
        "outbox_id": message.outbox_id,
        "chat_id": message.chat_id,
        "conversation_id": message.conversation_id,
        "direction": message.direction,
        "author": _author_of_ours(message.provenance) if message.outbox_id else _writer(message),
        "type": message.type,
        "text": message.text,
        "transcription": message.transcription,
        "original_text": message.details.get("original_text"),
        "filenames": [each.get("filename") for each in message.attachments if each.get("filename")],
        "attachments": len(message.attachments),
        "is_forwarded": message.is_forwarded,
        "recipient": row.recipient if row else None,
        "status": (row.status if row else _acknowledged(message)) if message.direction == "outbound" else None,
        "error": row.error if row else message.error_message,
        "processing": message.processing_status if message.direction == "inbound" else None,
        "sent_at": message.sent_at,
        "received_at": message.received_at,
        "delivered_at": message.delivered_at,
        "read_at": message.read_at,
        "edited_at": message.edited_at,
        "deleted_at": message.deleted_at,
    }


def _acknowledged(message: WhatsappMessage) -> str:
    return "read" if message.read_at else "delivered" if message.delivered_at else "sent"


def _author_of_ours(provenance: dict[str, Any]) -> Author:
    if office := provenance.get(OFFICE):
        return Author(kind="office", id=office["id"] if office["kind"] == "user" else None, name=office["name"])
    return Author(kind="assistant")


def _writer(message: WhatsappMessage) -> Author:
    """Somebody at a phone: a member of the company, or whoever writes to him."""
    known = message.user_id is not None or message.direction == "outbound"
    return Author(kind="member" if known else "other", id=message.user_id, name=message.sender_name)


def _origin(message: WhatsappMessage | None, row: Outbox | None) -> Origin | None:
    provenance = message.provenance if message else row.provenance if row else {}
    if not provenance or OFFICE in provenance:
        return None
    return Origin.model_validate({"turn_id": provenance.get("turn")} | provenance)


def _keys(message: WhatsappMessage | None, row: Outbox | None) -> list[str]:
    seen = seen_of(message.details) if message else None
    return (list(seen.keys) if seen else []) + ([row.attachment_key] if row and row.attachment_key else [])


async def _link(key: str, row: Outbox | None, base_url: str) -> FileLink:
    name = row.filename if row and row.filename and key == row.attachment_key else key.rsplit("/", 1)[-1]
    link = await link_to(storage(), key, name, base_url, inline=True)
    return FileLink(name=name, url=link.url, expires_at=link.expires_at)
