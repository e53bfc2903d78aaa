"""From a provider's webhook body to an ``InboundMessage``: one form inside the house, whatever the form outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from services.attachments.cards import shared_in
from services.messaging.addresses import is_group_id, is_lid, phone_of_text, phone_of_wire_id
from services.messaging.cleaning import clean_tree
from services.messaging.payloads import (
    AttachmentPayload,
    AttendeePayload,
    MessagePayload,
    UnreadablePayload,
    read_body,
    read_message,
)
from services.messaging.schemas import (
    AccountStatus,
    Attachment,
    EventKind,
    InboundMessage,
    MessageType,
    OtherEvent,
    Problem,
    Quoted,
)

EVENTS: dict[str, EventKind] = {
    "message_received": "message",
    "message_sent": "message",
    "message_edited": "edited",
    "message_deleted": "deleted",
    "message_delivered": "delivered",
    "message_read": "read",
    "message_reaction": "reaction",
}
ATTACHMENT_TYPES: dict[str, Literal["img", "video", "audio", "file"]] = {
    "img": "img",
    "image": "img",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "file": "file",
    "document": "file",
}
MESSAGE_TYPES: dict[str, MessageType] = {"img": "image", "video": "video", "audio": "audio", "file": "document"}
MAXIMUM_ATTACHMENTS = 30
CLOCK_TOLERANCE = timedelta(days=1)
"""A provider time further ahead than this is an error of a clock; the time of arrival counts then."""


def normalise(body: bytes, received_at: datetime) -> InboundMessage | AccountStatus | OtherEvent:
    """Reads a webhook body. Raises ``UnreadablePayload`` when it is none or lacks an indispensable id."""
    data = read_body(body)
    status = data.get("AccountStatus")
    if isinstance(status, dict):
        return _account_status(status)
    event = data.get("event", "message_received")
    if not isinstance(event, str) or event not in EVENTS:
        return OtherEvent(name=str(event)[:100])
    return _message(EVENTS[event], read_message(data), received_at)


def normalise_listed(envelope: dict[str, Any], received_at: datetime) -> InboundMessage:
    """A message that was listed, put into the envelope of a webhook. Raises ``UnreadablePayload``."""
    return _message("message", read_message(clean_tree(envelope)), received_at)  # type: ignore[arg-type]


def _account_status(data: dict[str, Any]) -> AccountStatus:
    account, status = data.get("account_id"), data.get("message")
    if not isinstance(account, str) or not isinstance(status, str):
        raise UnreadablePayload(Problem("AccountStatus", "needs account_id and message"))
    return AccountStatus(account_ref=account, status=status)


def _message(kind: EventKind, payload: MessagePayload, received_at: datetime) -> InboundMessage:
    own_id, sender = payload.account_info.get("user_id"), payload.sender
    sender_phone = phone_of(sender)
    from_account = payload.is_sender or _is_same_person(own_id, sender)
    is_group = payload.is_group or is_group_id(payload.provider_chat_id)
    peer_wire_id, peer_phone = (None, None) if is_group else _peer(payload, from_account)
    attachments = tuple(_attachment(attachment) for attachment in payload.attachments[:MAXIMUM_ATTACHMENTS])
    shared = {} if attachments or payload.message else shared_in(payload.original)
    sent_at = payload.timestamp
    if sent_at is None or sent_at > received_at + CLOCK_TOLERANCE:
        sent_at = received_at
    return InboundMessage(
        kind=kind,
        account_ref=payload.account_id or "",
        chat_ref=payload.chat_id or "",
        message_ref=payload.message_id or "",
        wire_id=payload.provider_message_id,
        chat_wire_id=payload.provider_chat_id,
        chat_name=payload.subject if is_group else (None if from_account else sender.attendee_name),
        from_account=from_account,
        to_itself=from_account and not is_group and _is_self_chat(payload, own_id, peer_phone),
        is_group=is_group,
        is_forwarded=payload.is_forwarded or '"isForwarded":true' in (payload.original or "").replace(" ", ""),
        sender_ref=sender.attendee_provider_id or sender.attendee_id,
        sender_name=sender.attendee_name,
        sender_phone=sender_phone,
        peer_wire_id=peer_wire_id,
        peer_phone=peer_phone,
        type=_type(payload, attachments, shared),
        text=payload.message,
        attachments=attachments,
        quoted=_quoted(payload.quoted),
        reaction=payload.reaction,
        sent_at=sent_at,
        details={**({"attendee_id": sender.attendee_id} if sender.attendee_id else {}), **shared},
    )


def phone_of(person: AttendeePayload) -> str | None:
    """A person's phone in the order in which the sources are trustworthy (unipile.md §9); None when it is hidden."""
    specifics = person.attendee_specifics.get("phone_number")
    return (
        (phone_of_text(specifics) if isinstance(specifics, str) else None)
        or phone_of_wire_id(person.attendee_public_identifier)
        or phone_of_wire_id(person.attendee_provider_id)
    )


def wire_id_of(person: AttendeePayload) -> str | None:
    """A person's most lasting raw id: the ``@lid`` when the payload tells it, since a phone is kept beside it."""
    lid = person.attendee_specifics.get("lid")
    return lid if isinstance(lid, str) and is_lid(lid) else person.attendee_provider_id


def _is_same_person(own_id: object, person: AttendeePayload) -> bool:
    """True when ``person`` is the account itself, the official fallback for a missing ``is_sender``."""
    if not isinstance(own_id, str) or not own_id:
        return False
    phone = phone_of_wire_id(own_id)
    return own_id == person.attendee_provider_id or (phone is not None and phone == phone_of(person))


def _is_self_chat(payload: MessagePayload, own_id: object, peer_phone: str | None) -> bool:
    """True in the "message to self" chat, also when the chat carries the account's ``@lid``."""
    chat, sender = payload.provider_chat_id, payload.sender
    own_phone = phone_of_wire_id(own_id) if isinstance(own_id, str) else None
    if (chat and chat == own_id) or (own_phone is not None and peer_phone == own_phone):
        return True
    sender_is_own = phone_of(sender) in (None, own_phone)
    return bool(chat) and sender_is_own and chat in (sender.attendee_provider_id, wire_id_of(sender))


def _peer(payload: MessagePayload, from_account: bool) -> tuple[str | None, str | None]:
    """Raw id and phone of the other side of a two-person chat."""
    if not from_account:
        return wire_id_of(payload.sender) or payload.provider_chat_id, phone_of(payload.sender)
    own_id, chat = payload.account_info.get("user_id"), payload.provider_chat_id
    others = [person for person in payload.attendees if not _is_same_person(own_id, person)]
    named = [person for person in others if chat and chat in (person.attendee_provider_id, wire_id_of(person))]
    for person in named or (others if len(others) == 1 else []):
        return wire_id_of(person) or chat, phone_of(person) or phone_of_wire_id(chat)
    return chat, phone_of_wire_id(chat)


def _attachment(payload: AttachmentPayload) -> Attachment:
    mimetype = (payload.mimetype or "").partition(";")[0].strip().lower() or None
    family = (mimetype or "").partition("/")[0]
    return Attachment(
        id=payload.id or "",
        type=ATTACHMENT_TYPES.get((payload.type or family).lower(), ATTACHMENT_TYPES.get(family, "file")),
        mimetype=mimetype,
        filename=payload.name,
        size=int(payload.size) if payload.size is not None and 0 <= payload.size < 2**53 else None,
        duration=payload.duration,
        voice_note=payload.voice_note,
        sticker=payload.sticker,
        unavailable=payload.unavailable or not payload.id,
    )


def _type(payload: MessagePayload, attachments: tuple[Attachment, ...], shared: dict[str, Any]) -> MessageType:
    if payload.is_event:
        return "event"
    if attachments:
        return "sticker" if attachments[0].sticker else MESSAGE_TYPES[attachments[0].type]
    if shared:
        return "contact" if "contact" in shared else "location"
    return "text" if payload.message else "unsupported"


def _quoted(data: dict[str, Any]) -> Quoted | None:
    if not data:
        return None

    def text_of(*keys: str) -> str | None:
        return next((value for key in keys if isinstance(value := data.get(key), str) and value), None)

    attachments = data.get("attachments") or []
    return Quoted(
        provider_message_id=text_of("message_id", "id"),
        wire_id=text_of("provider_message_id", "provider_id"),
        sender_id=text_of("sender_id"),
        text=text_of("text", "message"),
        attachments=len(attachments) if isinstance(attachments, list) else 1,
    )
