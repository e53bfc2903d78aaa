"""Looks through the inbox for what no webhook told: Chatwoot never repeats an account's webhook (chatwoot.md §1).

Every conversation has a cursor that stays behind messages younger than ``SETTLED``, so that one that became visible late
is still found. What is known is passed over; the rest is taken in as if its webhook had come, with the late-message rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from db.repositories import chatwoot as repository
from db.session import Database
from services.chatwoot.channel import ChatwootChannel
from services.chatwoot.events import ChatwootMessage, PrivateNote, SendFailed
from services.chatwoot.inbox import HELD_BY_TEAM, take
from services.chatwoot.normalise import account_ref, event_of_message
from services.chatwoot.payloads import MessagePayload
from services.messaging.channel_errors import NotFound
from services.messaging.schemas import RawWebhook

SETTLED = timedelta(minutes=2)
PAGES = 4
"""Pages of 25 conversations, the last active first, that one look goes through."""
NEW_WITHIN = timedelta(hours=24)
"""Of a conversation never looked at before, older messages are history and start nothing (C40)."""
ACKNOWLEDGED = {"delivered": 1, "read": 2}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Look:
    """One look through an inbox: how many conversations had news, how many events no webhook had told."""

    conversations: int = 0
    recovered: int = 0


async def look_through(
    database: Database, channel: ChatwootChannel, account: int, *, has_bot: bool, now: datetime | None = None
) -> Look:
    """Goes through the inbox's conversations that changed since the last look. Raises ``ChannelError``."""
    now, look = now or datetime.now(UTC), Look()
    reference = account_ref(account, channel.inbox)
    async with database.system() as session:
        inbox = await repository.inbox(session, reference)
        cursors = await repository.cursors(session, inbox.id) if inbox else {}
    if inbox is None:
        return look
    since = max((inbox.connected_at or now).replace(microsecond=0), now - NEW_WITHIN)  # the server counts whole seconds
    unchanged = 0
    async for conversation in channel.client.conversations(channel.inbox, pages=PAGES):
        cursor = cursors.get(str(conversation["id"]))
        active_at = datetime.fromtimestamp(conversation.get("last_activity_at") or 0, UTC)
        await _holder(database, reference, conversation, has_bot=has_bot)
        if active_at < since or (cursor and active_at <= cursor.active_at):
            unchanged += 1
            if unchanged > 25:
                break
            continue
        look.conversations += 1
        look.recovered += await _conversation(database, channel, reference, conversation, cursor, since, now)
    if look.recovered:
        log.warning("chatwoot.recovered", conversations=look.conversations, events=look.recovered)
    return look


async def _conversation(
    database: Database,
    channel: ChatwootChannel,
    reference: str,
    conversation: dict[str, Any],
    cursor: Any,
    since: datetime,
    now: datetime,
) -> int:
    """Takes in what is new of a conversation; returns how many events."""
    chat_ref, recovered = str(conversation["id"]), 0
    after = cursor.message_ref if cursor else 0
    form = await _webhook_form(database, channel, reference, conversation)
    while messages := await channel.client.messages(chat_ref, after=after):
        for message in messages:
            payload = MessagePayload.model_validate({**message, **form})
            if payload.created_at and payload.created_at >= since:
                recovered += await _message(database, reference, message, payload, now)
        after = max(int(message["id"]) for message in messages)
        settled = [m for m in messages if datetime.fromtimestamp(m["created_at"], UTC) < now - SETTLED]
        active_at = datetime.fromtimestamp(conversation["last_activity_at"], UTC)
        looked_until = active_at if len(settled) == len(messages) else active_at - SETTLED
        async with database.system() as session:
            inbox = await repository.inbox(session, reference)
            mark = max((int(m["id"]) for m in settled), default=cursor.message_ref if cursor else 0)
            if inbox:
                await repository.set_cursor(session, inbox.id, chat_ref, mark, looked_until)
    return recovered


async def _message(
    database: Database, reference: str, message: dict[str, Any], payload: MessagePayload, now: datetime
) -> int:
    """Takes in one message when something of it is not known; 1 when it was so."""
    async with database.system() as session:
        known = await repository.known_message(session, reference, str(payload.id))
        update = known is not None and payload.message_type == "outgoing" and not payload.private
        event = event_of_message(payload, now, update=update)
        if isinstance(event, PrivateNote):
            if await repository.note_known(session, f"{reference}:{payload.id}"):
                return 0
        elif isinstance(event, SendFailed):
            if known is None or known.status not in ("sending", "sent"):
                return 0
        elif not isinstance(event, ChatwootMessage) or (known is not None and not _is_news(event, known, payload)):
            return 0
        raw = RawWebhook(json.dumps(message).encode(), now, {"x-found-by": "look"}, source="chatwoot")
        received = await take(session, raw, event)
        return int(received.outcome not in ("duplicate", "unmatched"))


def _is_news(event: ChatwootMessage, known: Any, payload: MessagePayload) -> bool:
    """A receipt that the row does not show yet, or an answer tapped on a web page."""
    if event.message.message_ref != str(payload.id):
        return True
    kind = event.message.kind
    return kind in ACKNOWLEDGED and ACKNOWLEDGED[kind] > ACKNOWLEDGED.get(known.status or "", 0)


async def _webhook_form(
    database: Database, channel: ChatwootChannel, reference: str, conversation: dict[str, Any]
) -> dict[str, Any]:
    """What a webhook tells of a conversation and a list does not: the address that the inbox knows of the contact."""
    meta = conversation.get("meta") or {}
    contact = (meta.get("sender") or {}).get("id")
    account = int(reference.split(":")[1])
    async with database.system() as session:
        chat = await repository.chat_of(session, reference, str(conversation["id"]))
    if chat is not None and chat.attendee_phone and meta.get("channel") == "Channel::Whatsapp":
        source = chat.attendee_phone.removeprefix("+")
    else:
        source = await _source_id(channel, contact)
    full = {
        **conversation,
        "channel": meta.get("channel"),
        "contact_inbox": {"contact_id": contact, "source_id": source},
        "messages": [],
    }
    return {"account": {"id": account}, "inbox": {"id": channel.inbox}, "conversation": full}


async def _source_id(channel: ChatwootChannel, contact: object) -> str | None:
    if not isinstance(contact, int):
        return None
    try:
        inboxes = await channel.client.contact_inboxes(contact)
    except NotFound:
        return None
    return next((str(each["source_id"]) for each in inboxes if each["inbox"].get("id") == channel.inbox), None)


async def _holder(database: Database, reference: str, conversation: dict[str, Any], *, has_bot: bool) -> None:
    """Makes our pause agree with the conversation's status, unless a hand-over is on its way."""
    status = str(conversation.get("status"))
    if status == "open" and not has_bot:
        return  # without a bot every conversation is open, and the assistant answers
    paused = status in HELD_BY_TEAM
    async with database.system() as session:
        chat = await repository.chat_of(session, reference, str(conversation["id"]))
        if chat is not None and chat.bot_paused != paused and not await repository.handoff_waits(session, chat.id):
            await repository.set_holder(session, chat.id, paused=paused, inbox_status="open" if paused else "pending")
