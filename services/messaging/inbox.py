"""Receives a webhook: keeps it raw, reads it, decides who speaks, stores the message and calls for a turn (DESIGN §2).

Everything happens in the caller's transaction, so an answer of 200 means that the message is durable and its turn is
deferred. Whatever cannot start a turn is stored just the same.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models.base import new_id
from db.queue import defer
from db.repositories import messaging as repository
from db.repositories.chatwoot import author_of_contact
from db.repositories.statuses import alone_with
from services.messaging import echoes, objections
from services.messaging.authority import Account, Person, Standing, is_self_chat, standing_of
from services.messaging.directory import Entry, find_account
from services.messaging.normalise import normalise
from services.messaging.notices import came_too_late
from services.messaging.onboarding import greet_stranger
from services.messaging.payloads import UnreadablePayload
from services.messaging.schemas import AccountStatus, InboundMessage, OtherEvent, Outcome, RawWebhook, Received
from services.sessions.words import take_status

ACKNOWLEDGEMENTS = ("delivered", "read")
REREAD = ("edited", "deleted")
READ_BY_TURNS = ("queued", "processed")
TAKE_IN_KEPT = "take_in_kept"
"""Job called with ``event_id`` of a webhook that was kept because too many came at once."""
HISTORY = "history"
"""Mark in the details of a message that the import of an account's history brought."""
LEFT_ALONE = timedelta(hours=24)
"""How long nothing automatic is said in a chat after the artisan himself wrote there (UX-87)."""
STALE = timedelta(hours=24)
"""An order that reaches us so late is kept and told of, not acted upon (UX-15)."""
NEWS = timedelta(minutes=10)
"""A webhook this fresh is no history, although an import that ran at the same time took its message for that."""
PLACEHOLDER = {"text": None, "processing_status": "ignored", "details": {"placeholder": True}, "unread": 0}

log = structlog.get_logger(__name__)


async def receive(session: AsyncSession, raw: RawWebhook) -> Received:
    """Takes one webhook in. ``session`` is a system session whose commit the caller awaits before it answers.

    Never raises for what a body contains: an unreadable one is kept and reported with its ``problems``.
    """
    try:
        event = normalise(raw.body, raw.received_at)
    except UnreadablePayload as error:
        log.warning("webhook.unreadable", problems=str(error), bytes=len(raw.body))
        await repository.keep_event(session, event_row(raw, None, "unreadable"), str(error)[:1000])
        return Received("unreadable", problems=error.problems)
    if isinstance(event, OtherEvent):
        await repository.keep_event(session, event_row(raw, event.name, "unknown_event"))
        return Received("unknown_event")
    if isinstance(event, AccountStatus):
        return await _account_status(session, raw, event)
    entry = await find_account(session, event.account_ref)
    if entry is None:
        log.warning("webhook.unknown_account", account=event.account_ref, message=event.message_ref)
        await repository.keep_event(session, event_row(raw, event.kind, "unknown_account"))
        return Received("unknown_account")
    return await take_in(session, raw, entry, event)


async def take_in(session: AsyncSession, raw: RawWebhook, entry: Entry, event: InboundMessage) -> Received:
    """Takes one event of a known account in, whether a webhook told it or a look into the chat found it."""
    if event.from_account:
        await alone_with(session, entry.account.id, event.message_ref)
    if event.kind == "message":
        return await _message(session, raw, entry, event)
    return await _change(session, raw, entry, event)


async def import_message(session: AsyncSession, entry: Entry, message: InboundMessage, now: datetime) -> bool:
    """Stores a message from before the account was connected: nobody answers it (C40). False when it was known."""
    if message.from_account and await repository.known_message(session, entry.account.id, message.message_ref):
        return False
    standing = await _standing(session, entry, message)
    values = message_row(entry.account, message, standing, RawWebhook(b"", now))
    values |= {"processing_status": "ignored", "unread": 0, "details": {**message.details, HISTORY: True}}
    values["client_id"] = await _client_of(session, entry.account, standing, message)
    return (await repository.store(session, values, None)).message_id is not None


async def keep_failure(session: AsyncSession, raw: RawWebhook, outcome: Outcome, error: str) -> None:
    """Keeps a webhook that could not be taken in, so that nothing is lost with the transaction that failed (R051)."""
    await repository.keep_event(session, event_row(raw, None, outcome), error[:1000])


async def _message(session: AsyncSession, raw: RawWebhook, entry: Entry, message: InboundMessage) -> Received:
    account = entry.account
    if message.from_account:
        received = await _echo(session, raw, account, message)
        if received:
            return received
    standing = await _standing(session, entry, message)
    stale = standing.may_order and raw.received_at - message.sent_at > STALE
    outcome: Outcome = "queued" if standing.may_order and not stale else "stored"
    event = event_row(raw, message.kind, outcome)
    values = message_row(account, message, standing, raw)
    if stale:
        values |= {"processing_status": "ignored", "details": {**message.details, "stale": "untold"}}
    values["client_id"] = await _client_of(session, account, standing, message)
    if account.kind == "artisan" and standing.purpose == "customer" and message.from_account:
        values["paused_until"] = _left_alone_until(message, raw)
    row = await repository.store(session, values, event)
    if row.message_id is None:
        woken = None
        if standing.may_order and raw.received_at - message.sent_at < NEWS:
            woken = await repository.wake(session, account.id, message.message_ref)
        if woken is None:
            return Received("duplicate", chat_id=row.chat_id)
        row = woken
    if stale and standing.organization_id:
        await came_too_late(session, standing.organization_id, row.chat_id)
    await objections.heard(session, account, message, standing, row.message_id)
    if standing.purpose == "unknown":
        await greet_stranger(session, account, message, row.chat_id, raw)
    return await _stored(session, row, standing, outcome)


def _left_alone_until(message: InboundMessage, raw: RawWebhook) -> datetime | None:
    """The artisan writes to a customer himself: nothing automatic is said there for a day (UX-87)."""
    until = message.sent_at + LEFT_ALONE
    return until if until > raw.received_at else None


async def _client_of(
    session: AsyncSession, account: Account, standing: Standing, message: InboundMessage
) -> UUID | None:
    """The client card of whoever the owner of a linked number talks with (R047)."""
    if account.kind != "artisan" or standing.purpose != "customer":
        return None
    if not message.peer_phone or not account.organization_id:
        return None
    return await repository.client_by_phone(session, account.organization_id, message.peer_phone)


async def _stored(session: AsyncSession, row: Any, standing: Standing, outcome: Outcome) -> Received:
    """Defers the turn of a message that may give orders; tells of one that may not on a number of ours."""
    if row.processing_status != "queued":
        if standing.purpose == "unknown":
            log.info("webhook.unknown_sender", chat=str(row.chat_id))
        return Received("stored" if outcome == "queued" else outcome, row.message_id, row.chat_id)
    await defer(
        session,
        "turn",
        lock=f"chat:{row.chat_id}",
        chat_id=str(row.chat_id),
        organization_id=str(standing.organization_id),
    )
    return Received("queued", row.message_id, row.chat_id, turn=True)


async def _echo(session: AsyncSession, raw: RawWebhook, account: Account, message: InboundMessage) -> Received | None:
    """Settles a message the account itself wrote when it is one of ours; None when a person typed it (C41)."""
    known = await repository.known_message(session, account.id, message.message_ref)
    if known and not known.unheard:
        outcome: Outcome = "echo" if known.is_ours else "duplicate"
        await repository.keep_event(session, event_row(raw, message.kind, outcome), message_id=known.id)
        return Received(outcome, known.id, known.chat_id)
    sent = await echoes.match(session, account, message)
    if sent is None:
        return None
    stored = await echoes.confirm(session, account, message, sent)
    await repository.keep_event(session, event_row(raw, message.kind, "echo"), message_id=stored.message_id)
    return Received("echo", stored.message_id, stored.chat_id)


async def _standing(session: AsyncSession, entry: Entry, message: InboundMessage) -> Standing:
    account, author = entry.account, None
    if account.kind == "assistant" and not message.is_group:
        if account.provider == "chatwoot":
            row = await author_of_contact(session, account.id, message.peer_wire_id, message.peer_phone)
        elif message.peer_phone:
            row = await repository.author_by_phone(session, message.peer_phone)
        else:
            row = await repository.author_by_chat(session, account.id, message.chat_ref, message.peer_wire_id)
        author = Person(row.id, row.organization_id) if row else None
    return standing_of(account, message, author, entry.assistant_phones)


async def _change(session: AsyncSession, raw: RawWebhook, entry: Entry, event: InboundMessage) -> Received:
    """An event about a message that should be known already: acknowledgement, edit, deletion, reaction."""
    row = await _apply(session, raw, entry.account, event, keep=True)
    if row is None:
        return await _change_before_message(session, raw, entry, event)
    if event.kind in REREAD and row.changed and row.direction == "inbound" and row.processing_status in READ_BY_TURNS:
        await _call_for_rereading(session, row)
    return Received(_outcome(event), row.message_id, row.chat_id)


async def _call_for_rereading(session: AsyncSession, row: Any) -> None:
    """A turn may have read the words as they were, or be reading them now: the job comes after it and compares."""
    await defer(
        session,
        "reread",
        lock=f"chat:{row.chat_id}",
        organization_id=str(row.organization_id),
        chat_id=str(row.chat_id),
        message_id=str(row.message_id),
    )


def _outcome(event: InboundMessage) -> Outcome:
    return event.kind if event.kind != "message" else "stored"


async def _apply(session: AsyncSession, raw: RawWebhook, account: Account, event: InboundMessage, *, keep: bool) -> Any:
    """Changes the message, None when it is not known; ``keep`` keeps the raw webhook too."""
    target = {"account_id": account.id, "provider_message_id": event.message_ref, "at": raw.received_at}
    if event.kind in ACKNOWLEDGEMENTS:
        kept = event_row(raw, event.kind, _outcome(event)) if keep else None
        return await repository.acknowledge(session, target | {"at": event.sent_at}, event.kind, kept)
    row: Any
    if event.kind == "edited":
        row = await repository.edit_message(session, target, event.text)
    elif event.kind == "deleted":
        row = await repository.delete_message(session, target)
    else:
        reaction = {"value": event.reaction, "sender": event.sender_ref, "at": event.sent_at.isoformat()}
        row = await repository.add_reaction(session, target, reaction)
    if keep:
        kept = event_row(raw, event.kind, _outcome(event) if row else "unmatched")
        await repository.keep_event(session, kept, message_id=row.message_id if row else None)
    return row


async def _change_before_message(
    session: AsyncSession, raw: RawWebhook, entry: Entry, event: InboundMessage
) -> Received:
    """Webhooks come in any order: what arrives before its message leaves a placeholder that the message fills.

    A deletion keeps its message from ever being read; an edit arrives with the whole message and is taken for it.
    """
    account = entry.account
    standing = await _standing(session, entry, event)
    values = message_row(account, event, standing, raw)
    if event.kind == "edited":
        values["edited_at"] = raw.received_at
    elif event.kind == "deleted":
        values |= PLACEHOLDER | {"deleted_at": raw.received_at}
    elif event.kind in ACKNOWLEDGEMENTS and event.from_account:
        read_at = event.sent_at if event.kind == "read" else None
        values |= PLACEHOLDER | {"delivered_at": event.sent_at, "read_at": read_at}
    else:
        return Received("unmatched")
    row = await repository.store(session, values, None)
    if row.message_id is None:  # the message came in between
        await _apply(session, raw, account, event, keep=False)
        return Received(_outcome(event), chat_id=row.chat_id)
    if event.kind == "edited":
        return await _stored(session, row, standing, "edited")
    return Received("unmatched", row.message_id, row.chat_id)


async def _account_status(session: AsyncSession, raw: RawWebhook, event: AccountStatus) -> Received:
    known = await take_status(session, event.account_ref, event.status)
    outcome: Outcome = "account_status" if known else "unknown_account"
    await repository.keep_event(session, event_row(raw, "account_status", outcome))
    return Received(outcome)


def event_row(raw: RawWebhook, event: str | None, outcome: Outcome) -> dict[str, Any]:
    """The row that keeps the webhook as it came."""
    return {
        "event_id": new_id(),
        "source": raw.source,
        "received_at": raw.received_at,
        "headers": json.dumps(raw.headers),
        "body": raw.body,
        "event": event,
        "outcome": outcome,
    }


def message_row(account: Account, message: InboundMessage, standing: Standing, raw: RawWebhook) -> dict[str, Any]:
    """The chat and the message as ``repository.store`` wants them."""
    from_person = not message.from_account or is_self_chat(account, message)
    return {
        "account_id": account.id,
        "chat_organization_id": standing.organization_id,
        "chat_user_id": standing.user_id,
        "client_id": None,
        "provider_chat_id": message.chat_ref,
        "purpose": standing.purpose,
        "chat_type": int(message.is_group),
        "chat_name": message.chat_name,
        "attendee_provider_id": message.peer_wire_id,
        "attendee_phone": message.peer_phone,
        "unread": int(from_person),
        "paused_until": None,
        "organization_id": standing.organization_id,
        "user_id": standing.user_id if from_person else None,
        "conversation_id": None,
        "outbox_id": None,
        "provider_message_id": message.message_ref,
        "provider_wire_id": message.wire_id,
        "direction": "inbound" if from_person else "outbound",
        "type": message.type,
        "text": message.text,
        "attachments": json.dumps([attachment.model_dump() for attachment in message.attachments]),
        "quoted": message.quoted.model_dump(mode="json") if message.quoted else None,
        "is_forwarded": message.is_forwarded,
        "is_from_bot": False,
        "sender_id": message.sender_ref,
        "sender_name": message.sender_name,
        "sender_phone": message.sender_phone,
        "sent_at": message.sent_at,
        "received_at": raw.received_at,
        "delivered_at": None,
        "read_at": None,
        "edited_at": None,
        "deleted_at": None,
        "processing_status": "queued" if standing.may_order else "ignored",
        "details": message.details,
    }
