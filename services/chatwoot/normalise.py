"""From a webhook, or a message of a list, to what it means here (chatwoot.md §3): one form inside the house."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from services.chatwoot.events import ChatwootMessage, ContactSeen, Event, PrivateNote, SendFailed, StatusChange
from services.chatwoot.markup import from_commonmark
from services.chatwoot.payloads import (
    MAXIMUM_ATTACHMENTS,
    AttachmentPayload,
    ConversationPayload,
    MessagePayload,
    read_body,
    read_message,
)
from services.messaging.addresses import phone_of_text
from services.messaging.payloads import UnreadablePayload
from services.messaging.schemas import Attachment, EventKind, InboundMessage, MessageType, OtherEvent, Problem, Quoted

CLOCK_TOLERANCE = timedelta(days=1)
"""A time further ahead than this is an error of a clock; the time of arrival counts then."""
STATUS_EVENTS = ("conversation_status_changed", "conversation_opened", "conversation_resolved", "conversation_updated")
ACKNOWLEDGEMENTS: dict[str | None, EventKind] = {"delivered": "delivered", "read": "read"}
FILES: dict[str | None, Literal["img", "video", "audio", "file"]] = {
    "image": "img", "video": "video", "audio": "audio", "file": "file",
}  # fmt: skip
TYPES: dict[str, MessageType] = {"img": "image", "video": "video", "audio": "audio", "file": "document"}
OWN_NOTE = "🤖"
"""How the notes that we write for the team begin: they come back as webhooks and are not the team's."""


def account_ref(account: int, inbox: int) -> str:
    """The ``provider_account_id`` of an inbox."""
    return f"chatwoot:{account}:{inbox}"


def normalise(body: bytes, received_at: datetime, own_account: int) -> Event:
    """Reads a webhook. Raises ``UnreadablePayload`` when it is none or lacks an indispensable id.

    ``own_account`` is meant by events of conversations that do not say whose they are (before 4.14.2).
    """
    data = read_body(body)
    event = data.get("event")
    if event in STATUS_EVENTS:
        return _status_change(data, str(event), own_account)
    if event not in ("message_created", "message_updated"):
        return OtherEvent(name=str(event)[:100])
    payload = read_message(data)
    return event_of_message(payload, received_at, update=event == "message_updated")


def event_of_message(payload: MessagePayload, received_at: datetime, *, update: bool = False) -> Event:
    """What a message means: a webhook's, or one found by looking (then with its conversation filled in)."""
    if payload.message_type == "activity":
        return OtherEvent(name="activity")
    if payload.private:
        return OtherEvent(name="own_note") if _is_own_note(payload) or update else _note(payload, received_at)
    if update and payload.message_type != "incoming":
        return _outgoing_update(payload, received_at)
    kind: EventKind = "deleted" if payload.content_attributes.get("deleted") is True else "message"
    message = _message(payload, kind, received_at)
    human = message.from_account and payload.sender.get("type") == "user"
    return ChatwootMessage(message=message, contact=_contact(payload.conversation), human=human, update=update)


def _status_change(data: dict[str, Any], event: str, own_account: int) -> Event:
    conversation = ConversationPayload.model_validate(data)
    changed = [key for item in data.get("changed_attributes") or [] if isinstance(item, dict) for key in item]
    if event == "conversation_updated" and "status" not in changed:
        return OtherEvent(name=event)
    if conversation.id is None or conversation.inbox_id is None or not conversation.status:
        raise UnreadablePayload(Problem("conversation", "needs id, inbox_id and status"))
    account = conversation.account.get("id")
    return StatusChange(
        account_ref=account_ref(account if isinstance(account, int) else own_account, conversation.inbox_id),
        chat_ref=str(conversation.id),
        status=conversation.status,
    )


def _outgoing_update(payload: MessagePayload, received_at: datetime) -> Event:
    """An outgoing message changed: it arrived, was read, failed, was answered by a tap, or deleted."""
    base = {"account_ref": _account_ref(payload), "chat_ref": str(payload.conversation.id)}
    attributes = payload.content_attributes
    if chosen := _submitted(attributes.get("submitted_values")):
        contact = _contact(payload.conversation)
        return ChatwootMessage(message=_answer(payload, chosen, contact, received_at), contact=contact)
    if attributes.get("deleted") is True:
        message = _message(payload, "deleted", received_at)
        return ChatwootMessage(message=message, contact=_contact(payload.conversation), update=True)
    status = payload.status or next(
        (str(each.get("status")) for each in payload.conversation.messages if each.get("id") == payload.id), None
    )
    if error := attributes.get("external_error") or (status == "failed" and "failed"):
        return SendFailed(**base, message_ref=str(payload.id), error=str(error)[:500])
    kind = ACKNOWLEDGEMENTS.get(status)
    if kind is None:
        return OtherEvent(name="message_updated")
    message = _message(payload, kind, received_at).model_copy(update={"sent_at": received_at})
    return ChatwootMessage(message=message, contact=_contact(payload.conversation), update=True)


def _message(payload: MessagePayload, kind: EventKind, received_at: datetime) -> InboundMessage:
    conversation, from_account = payload.conversation, payload.message_type != "incoming"
    contact, sender = _contact(conversation), payload.sender
    files = [AttachmentPayload.model_validate(item) for item in payload.attachments[:MAXIMUM_ATTACHMENTS]]
    attachments = tuple(_attachment(file) for file in files if file.file_type not in ("location", "contact"))
    text = payload.content
    if text and from_account:
        text = from_commonmark(text)
    return InboundMessage(
        kind=kind,
        account_ref=_account_ref(payload),
        chat_ref=str(conversation.id),
        message_ref=str(payload.id),
        wire_id=payload.source_id,
        chat_name=contact.name if contact else None,
        from_account=from_account,
        sender_ref=_sender_ref(payload),
        sender_name=sender.get("name") if isinstance(sender.get("name"), str) else None,
        sender_phone=contact.phone if contact and not from_account else None,
        peer_wire_id=contact.ref if contact else None,
        peer_phone=contact.phone if contact else None,
        type=_type(payload, files, attachments),
        text=text,
        attachments=attachments,
        quoted=_quoted(payload.content_attributes),
        sent_at=_sent_at(payload, received_at),
        details=_details(payload, files),
    )


def _answer(payload: MessagePayload, chosen: str, contact: ContactSeen | None, received_at: datetime) -> InboundMessage:
    """A tap on a button of a web page changes our own message: it is the contact's next message."""
    return InboundMessage(
        kind="message",
        account_ref=_account_ref(payload),
        chat_ref=str(payload.conversation.id),
        message_ref=f"{payload.id}:answer",
        chat_name=contact.name if contact else None,
        sender_ref=contact.ref if contact else None,
        sender_name=contact.name if contact else None,
        sender_phone=contact.phone if contact else None,
        peer_wire_id=contact.ref if contact else None,
        peer_phone=contact.phone if contact else None,
        text=chosen,
        quoted=Quoted(provider_message_id=str(payload.id)),
        sent_at=received_at,
    )


def _note(payload: MessagePayload, received_at: datetime) -> Event:
    if not payload.content:
        return OtherEvent(name="empty_note")
    name = payload.sender.get("name")
    return PrivateNote(
        account_ref=_account_ref(payload),
        chat_ref=str(payload.conversation.id),
        message_ref=str(payload.id),
        author=name if isinstance(name, str) else None,
        text=from_commonmark(payload.content),
        sent_at=_sent_at(payload, received_at),
    )


def _is_own_note(payload: MessagePayload) -> bool:
    return payload.sender.get("type") == "agent_bot" or (payload.content or "").startswith(OWN_NOTE)


def _contact(conversation: ConversationPayload) -> ContactSeen | None:
    """The other side. WhatsApp vouches for the phone that the inbox carries; a phone on a card may be anybody's."""
    person = conversation.meta.get("sender")
    person = person if isinstance(person, dict) else {}
    number = conversation.contact_inbox.get("contact_id") or person.get("id")
    if not isinstance(number, int):
        return None
    source = conversation.contact_inbox.get("source_id")
    phone = None
    if isinstance(source, str):
        if conversation.channel == "Channel::Whatsapp" and source.isascii() and source.isdigit():
            phone = phone_of_text(f"+{source}")
        elif conversation.channel == "Channel::TwilioSms" and source.startswith("whatsapp:+"):
            phone = phone_of_text(source.removeprefix("whatsapp:"))
    told, name = person.get("phone_number"), person.get("name")
    return ContactSeen(
        ref=f"contact:{number}",
        name=name if isinstance(name, str) else None,
        phone=phone,
        told_phone=phone_of_text(told) if isinstance(told, str) else None,
        channel=conversation.channel,
    )


def _attachment(file: AttachmentPayload) -> Attachment:
    kind = FILES.get(file.file_type, "file")
    mimetype = (file.content_type or "").partition(";")[0].strip().lower() or None
    name = (file.data_url or "").partition("?")[0].rpartition("/")[2]
    return Attachment(
        id=file.data_url or "",
        type=kind,
        mimetype=mimetype,
        filename=name or None,
        size=file.file_size,
        voice_note=kind == "audio",
        unavailable=not file.data_url or file.file_type not in FILES,
    )


def _type(payload: MessagePayload, files: list[AttachmentPayload], attachments: tuple[Attachment, ...]) -> MessageType:
    if payload.content_attributes.get("is_unsupported") is True:
        return "unsupported"
    if files and files[0].file_type in ("location", "contact"):
        return "location" if files[0].file_type == "location" else "contact"
    if attachments:
        return TYPES[attachments[0].type]
    return "text" if payload.content else "unsupported"


def _details(payload: MessagePayload, files: list[AttachmentPayload]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for file in files:
        if file.file_type == "location":
            details["location"] = {
                "latitude": file.coordinates_lat, "longitude": file.coordinates_long, "name": file.fallback_title,
            }  # fmt: skip
        elif file.file_type == "contact":
            details["contact"] = {"phone": file.fallback_title, **file.meta}
    if payload.conversation.status:
        details["conversation_status"] = payload.conversation.status
    return details


def _quoted(attributes: dict[str, Any]) -> Quoted | None:
    reply, wire = attributes.get("in_reply_to"), attributes.get("in_reply_to_external_id")
    if not reply and not wire:
        return None
    return Quoted(provider_message_id=str(reply) if reply else None, wire_id=str(wire) if wire else None)


def _submitted(values: object) -> str | None:
    """The words of what was tapped: the title, as it would come back from a phone."""
    if not isinstance(values, list):
        return None
    for value in values:
        if isinstance(value, dict) and isinstance(words := value.get("title") or value.get("value"), str) and words:
            return words
    return None


def _sender_ref(payload: MessagePayload) -> str | None:
    number = payload.sender.get("id")
    if not isinstance(number, int):
        return None
    kind = "contact" if payload.message_type == "incoming" else payload.sender.get("type") or "user"
    return f"{kind}:{number}"


def _account_ref(payload: MessagePayload) -> str:
    account = payload.account.get("id") or payload.conversation.account.get("id")
    return account_ref(int(account or 0), int(payload.inbox.get("id") or payload.conversation.inbox_id or 0))


def _sent_at(payload: MessagePayload, received_at: datetime) -> datetime:
    sent_at = payload.created_at
    return received_at if sent_at is None or sent_at > received_at + CLOCK_TOLERANCE else sent_at
