"""From a listed message to an ``InboundMessage``: the REST resources differ from webhooks in keys, not in meaning.

A listed message is put into the envelope of a webhook and read by the same code, so that both say the same of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.messaging.addresses import phone_of_text, phone_of_wire_id, wire_id_of_phone
from services.messaging.authority import Account
from services.messaging.normalise import normalise_listed
from services.messaging.schemas import InboundMessage
from services.sync.source import Resource


def inbound_of(
    account: Account, account_ref: str, chat: Resource, message: Resource, people: Sequence[Resource], now: datetime
) -> InboundMessage:
    """The message as a webhook would have told it. Raises ``UnreadablePayload``."""
    return normalise_listed(_envelope(account, account_ref, chat, message, people), now)


def needs_people(chat: Resource) -> bool:
    """True when only the list of attendees tells who speaks: in groups, and where the chat hides its phone."""
    return chat.get("type") != 0 or phone_of_chat(chat) is None


def phone_of_chat(chat: Resource) -> str | None:
    """The other side's phone as far as the chat itself tells it."""
    for key in ("attendee_public_identifier", "attendee_provider_id", "provider_id"):
        if isinstance(value := chat.get(key), str) and (phone := phone_of_wire_id(value)):
            return phone
    return None


def _envelope(
    account: Account, account_ref: str, chat: Resource, message: Resource, people: Sequence[Resource]
) -> dict[str, Any]:
    is_group = chat.get("type") != 0
    own = wire_id_of_phone(account.phone) if account.phone else None
    persons = [_person(each) for each in people] or ([] if is_group else [_other_side(chat)])
    others = [person for each, person in zip(people, persons, strict=False) if not each.get("is_self")]
    mine = bool(message.get("is_sender"))
    return {
        "event": "message_received",
        "account_id": account_ref,
        "account_info": {"user_id": own},
        "chat_id": chat.get("id"),
        "provider_chat_id": message.get("chat_provider_id") or chat.get("provider_id"),
        "message_id": message.get("id"),
        "provider_message_id": message.get("provider_id"),
        "timestamp": message.get("timestamp"),
        "message": message.get("text"),
        "message_type": message.get("message_type"),
        "subject": chat.get("name") if is_group else None,
        "is_sender": mine,
        "is_group": is_group,
        "is_event": message.get("is_event"),
        "event_type": message.get("event_type"),
        "original": message.get("original"),
        "quoted": message.get("quoted"),
        "sender": _own(own) if mine else _sender(message, others or persons),
        "attendees": others or persons,
        "attachments": message.get("attachments"),
    }


def _own(wire_id: str | None) -> dict[str, Any]:
    return {"attendee_provider_id": wire_id, "attendee_name": "You"}


def _other_side(chat: Resource) -> dict[str, Any]:
    return {
        "attendee_provider_id": chat.get("attendee_provider_id") or chat.get("provider_id"),
        "attendee_public_identifier": chat.get("attendee_public_identifier"),
        "attendee_name": chat.get("name"),
    }


def _sender(message: Resource, persons: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Who wrote: named by either id, the only other person of a chat, or the bare id."""
    ids = {value for key in ("sender_id", "sender_attendee_id") if (value := message.get(key))}
    named = next(
        (
            person
            for person in persons
            if ids
            & {
                person.get("attendee_id"),
                person.get("attendee_provider_id"),
                person.get("attendee_specifics", {}).get("lid"),
            }
        ),
        None,
    )
    if named is None and len(persons) == 1:
        named = persons[0]
    return named or {"attendee_id": message.get("sender_attendee_id"), "attendee_provider_id": message.get("sender_id")}


def _person(attendee: Resource) -> dict[str, Any]:
    specifics = attendee.get("specifics")
    specifics = specifics if isinstance(specifics, dict) else {}
    phone = specifics.get("phone_number")
    known = phone_of_text(phone) if isinstance(phone, str) else None
    return {
        "attendee_id": attendee.get("id"),
        "attendee_name": attendee.get("name"),
        "attendee_provider_id": attendee.get("provider_id"),
        "attendee_public_identifier": wire_id_of_phone(known) if known else None,
        "attendee_specifics": specifics,
    }
