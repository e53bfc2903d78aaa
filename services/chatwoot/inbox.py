"""Receives a webhook of Chatwoot: the same promises as the first channel's door, and the team that reads along.

Everything happens in the caller's transaction. Orders come from contacts that are verified artisans, by the phone that
WhatsApp vouches for or by an admin's word; what the team writes is stored, pauses the assistant, and orders nothing.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import chatwoot as repository
from db.repositories import messaging
from db.repositories.accounts import add_log
from services.chatwoot.events import ChatwootMessage, Event, PrivateNote, SendFailed, StatusChange
from services.chatwoot.handoff import taken_over
from services.chatwoot.normalise import normalise
from services.chatwoot.quick_replies import number_of
from services.messaging.capabilities import CAPABILITIES
from services.messaging.directory import find_account
from services.messaging.inbox import event_row, take_in
from services.messaging.notices import delivery_failed
from services.messaging.payloads import UnreadablePayload
from services.messaging.schemas import InboundMessage, OtherEvent, Outcome, RawWebhook, Received
from services.notes.service import note

TAKE_IN_KEPT = "take_in_kept_chatwoot"
"""Job called with ``event_id`` of a webhook that was kept because too many came at once."""
HELD_BY_TEAM = ("open", "snoozed")
"""Conversations that a human has; pending ones are the assistant's, resolved ones nobody's (chatwoot.md §4.6)."""

log = structlog.get_logger(__name__)


async def receive(session: AsyncSession, raw: RawWebhook, own_account: int) -> Received:
    """Takes one webhook in. ``session`` is a system session whose commit the caller awaits before it answers.

    Never raises for what a body contains: an unreadable one is kept and reported with its ``problems``.
    """
    try:
        event = normalise(raw.body, raw.received_at, own_account)
    except UnreadablePayload as error:
        log.warning("chatwoot.unreadable", problems=str(error), bytes=len(raw.body))
        await messaging.keep_event(session, event_row(raw, None, "unreadable"), str(error)[:1000])
        return Received("unreadable", problems=error.problems)
    return await take(session, raw, event)


async def take(session: AsyncSession, raw: RawWebhook, event: Event) -> Received:
    """Takes an event in, told by a webhook or found by looking."""
    if isinstance(event, ChatwootMessage):
        return await _message(session, raw, event)
    if isinstance(event, PrivateNote):
        return await _note(session, raw, event)
    if isinstance(event, StatusChange):
        return await _status(session, raw, event)
    if isinstance(event, SendFailed):
        return await _failed(session, raw, event)
    assert isinstance(event, OtherEvent)
    return await _kept(session, raw, event.name, "unknown_event")


async def _message(session: AsyncSession, raw: RawWebhook, event: ChatwootMessage) -> Received:
    message = event.message
    entry = await find_account(session, message.account_ref)
    if entry is None:
        log.warning("chatwoot.unknown_inbox", account=message.account_ref)
        return await _kept(session, raw, message.kind, "unknown_account")
    if event.contact and not message.from_account and message.kind == "message":
        seen = event.contact.model_dump(exclude={"ref"}) | {"contact_ref": event.contact.ref}
        await repository.see_contact(session, entry.account.id, seen | {"seen_at": message.sent_at})
    if event.update and message.kind == "message" and (changed := await _changed(session, message)) is not None:
        if not changed:
            return await _kept(session, raw, "message_updated", "duplicate")
        message = message.model_copy(update={"kind": "edited"})
    if message.kind == "message" and not message.from_account:
        message = await _tapped(session, message)
    received = await take_in(session, raw, entry, message)
    if event.human and received.outcome == "stored":
        await _human_wrote(session, message)
    return received


async def _changed(session: AsyncSession, message: InboundMessage) -> bool | None:
    """Whether an update changes what is stored of an incoming message; None when nothing is stored yet."""
    known = await repository.known_message(session, message.account_ref, message.message_ref)
    if known is None:
        return None
    return bool((known.text or "") != (message.text or "") and message.text and "quick_reply" not in message.details)


async def _tapped(session: AsyncSession, message: InboundMessage) -> InboundMessage:
    """A tap comes back as the title alone: it means the number of that answer, if our last message offered it."""
    if not message.text or message.attachments:
        return message
    choices = await repository.last_choices(session, message.account_ref, message.chat_ref)
    number = number_of(message.text, choices, CAPABILITIES["chatwoot"])
    if number is None:
        return message
    details = {**message.details, "quick_reply": message.text}
    return message.model_copy(update={"text": str(number), "details": details})


async def _human_wrote(session: AsyncSession, message: InboundMessage) -> None:
    """A member of the team answers an artisan himself: the assistant keeps silent there (UX-86, UX-87)."""
    chat = await repository.chat_of(session, message.account_ref, message.chat_ref)
    if chat is None or chat.purpose != "command" or chat.bot_paused:
        return
    await repository.set_holder(session, chat.id, paused=True, inbox_status="open")
    await taken_over(session, chat.id)
    add_log(session, chat.organization_id, "conversation.taken_over", "A member of the team answers.",
            chat_id=str(chat.id))  # fmt: skip


async def _status(session: AsyncSession, raw: RawWebhook, event: StatusChange) -> Received:
    chat = await repository.chat_of(session, event.account_ref, event.chat_ref)
    if chat is None:
        return await _kept(session, raw, "conversation_status", "unmatched")
    await apply_status(session, chat.id, event.status)
    return await _kept(session, raw, "conversation_status", "account_status")


async def apply_status(session: AsyncSession, chat_id: object, status: str) -> None:
    """Pending and resolved conversations are the assistant's again; open and snoozed ones are the team's."""
    kept = status if status in ("open", "pending", "resolved") else "open"
    await repository.set_holder(session, chat_id, paused=status in HELD_BY_TEAM, inbox_status=kept)  # type: ignore[arg-type]


async def _note(session: AsyncSession, raw: RawWebhook, event: PrivateNote) -> Received:
    """A note of the team is kept with the client it speaks of, silently; it is data, whatever it says (R184)."""
    chat = await repository.chat_of(session, event.account_ref, event.chat_ref)
    if chat is None or chat.organization_id is None:
        return await _kept(session, raw, "note", "unmatched")
    new = await note(
        session,
        chat.organization_id,
        text=event.text,
        source_ref=f"{event.account_ref}:{event.message_ref}",
        author_kind="team",
        author=event.author,
        chat_id=chat.id,
        noted_at=_not_later(event.sent_at, raw.received_at),
    )
    return await _kept(session, raw, "note", "stored" if new else "duplicate")


async def _failed(session: AsyncSession, raw: RawWebhook, event: SendFailed) -> Received:
    """WhatsApp did not take a message that Chatwoot had taken: its artisan, or an admin, must learn of it (R058)."""
    outbox_id = await repository.fail_sent(session, event.account_ref, event.message_ref, event.error)
    if outbox_id:
        log.error("outbox.failed_later", outbox_id=str(outbox_id), error=event.error)
        await delivery_failed(session, outbox_id, _why(event.error))
    return await _kept(session, raw, "failed", "stored" if outbox_id else "unmatched")


def _why(error: str) -> str:
    """Meta's reason as the artisan is told it (chatwoot.md §4.4, §6)."""
    if error.startswith("131047") or "template" in error.lower():
        return "window"
    return "invalid_recipient" if error.startswith("131026") else "other"


async def _kept(session: AsyncSession, raw: RawWebhook, event: str, outcome: Outcome) -> Received:
    await messaging.keep_event(session, event_row(raw, event, outcome))
    return Received(outcome)


def _not_later(moment: datetime, limit: datetime) -> datetime:
    return min(moment, limit)
