"""The provider's JSON: resources of the REST API (unipile.md §4–§6) and webhook payloads (§9), which differ in keys."""

from __future__ import annotations

import json
from typing import Any

from services.messaging.addresses import wire_id_of_phone
from services.messaging.moments import moment
from services.messaging.simulator.state import Account, Chat, File, Message, State, Webhook, lid_or_wire_id
from services.messaging.simulator.wire import lid_of


def account_resource(account: Account) -> dict[str, Any]:
    return {
        "object": "Account",
        "type": "WHATSAPP",
        "id": account.id,
        "name": account.name,
        "created_at": moment(account.created_at),
        "connection_params": {"im": {"phone_number": (account.phone or "").removeprefix("+")}},
        "groups": [],
        "sources": [{"id": f"{account.id}_MESSAGING", "status": account.status}],
    }


def chat_resource(chat: Chat) -> dict[str, Any]:
    address = (
        {} if chat.is_group else {"attendee_provider_id": chat.wire_id, "attendee_public_identifier": chat.wire_id}
    )
    return {
        "object": "Chat",
        "id": chat.id,
        "account_id": chat.account_id,
        "account_type": "WHATSAPP",
        "provider_id": chat.wire_id,
        **address,
        "name": chat.name if chat.is_group else None,
        "type": int(chat.is_group),
        "timestamp": moment(chat.last_at) if chat.last_at else None,
        "unread_count": chat.unread,
        "archived": chat.flags.get("archived", 0),
        "pinned": chat.flags.get("pinned", 0),
        "muted_until": chat.flags.get("muted_until"),
        "read_only": 0,
        "folder": ["INBOX"],
    }


def message_resource(message: Message, chat: Chat) -> dict[str, Any]:
    return {
        "object": "Message",
        "id": message.id,
        "account_id": message.account_id,
        "chat_id": chat.id,
        "chat_provider_id": chat.wire_id,
        "provider_id": message.wire_id,
        "sender_id": lid_or_wire_id(message.sender_phone, message.use_lid),
        "sender_attendee_id": attendee_id(message.account_id, message.sender_phone),
        "text": message.text,
        "timestamp": moment(message.sent_at),
        "is_sender": int(message.from_account),
        "attachments": [_rest_attachment(file) for file in message.files],
        "reactions": message.reactions,
        "seen": int(message.seen),
        "seen_by": {},
        "delivered": int(message.delivered),
        "hidden": 0,
        "deleted": int(message.deleted),
        "edited": int(message.edited),
        "is_event": 0,
        "behavior": None,
        "message_type": "MESSAGE",
        "original": original_of(message),
        **({"quoted": message.quoted} if message.quoted else {}),
    }


def attendee_resource(account: Account, phone: str, name: str) -> dict[str, Any]:
    return {
        "object": "ChatAttendee",
        "id": attendee_id(account.id, phone),
        "account_id": account.id,
        "provider_id": wire_id_of_phone(phone),
        "name": name,
        "is_self": int(phone == account.phone),
        "hidden": 0,
        "specifics": {"provider": "WHATSAPP", "phone_number": phone, "lid": lid_of(phone)},
    }


def webhook_resource(webhook: Webhook) -> dict[str, Any]:
    return {
        "object": "Webhook",
        "id": webhook.id,
        "type": "AUTO",
        "account_ids": [{"id": account_id, "type": "WHATSAPP"} for account_id in webhook.account_ids or []],
        "enabled": webhook.enabled,
        "name": webhook.name,
        "request_url": webhook.request_url,
        "format": webhook.format,
        "headers": webhook.headers,
        "data": [],
        **({"events": webhook.events} if webhook.events is not None else {}),
    }


def attendee_id(account_id: str, phone: str) -> str:
    return f"att-{account_id[:6]}-{phone.removeprefix('+')}"


def webhook_payload(state: State, event: str, message: Message, webhook_name: str | None = None) -> dict[str, Any]:
    """The envelope of a messaging event, in the shape assembled from live captures."""
    account, chat = state.accounts[message.account_id], state.chats[message.chat_id]
    own_phone = account.phone or ""
    peer_id = chat.address if chat.is_group else lid_or_wire_id(chat.address, message.use_lid)
    attendees = [] if chat.is_group else [_person(message, chat.address, chat.name or "", chat.account_id)]
    payload: dict[str, Any] = {
        "event": event,
        "webhook_name": webhook_name,
        "account_id": account.id,
        "account_type": "WHATSAPP",
        "account_info": {"type": "WHATSAPP", "user_id": wire_id_of_phone(own_phone), "phone_number": own_phone},
        "chat_id": chat.id,
        "provider_chat_id": peer_id,
        "message_id": message.id,
        "provider_message_id": message.wire_id,
        "timestamp": moment(message.sent_at),
        "message": message.text,
        "message_type": "MESSAGE",
        "subject": chat.name if chat.is_group else None,
        "is_sender": message.from_account,
        "is_group": chat.is_group,
        "is_event": 0,
        "folder": ["INBOX"],
        "chat_content_type": None,
        "quoted": message.quoted,
        "sender": _person(message, message.sender_phone, message.sender_name, chat.account_id),
        "attendees": attendees,
        "attachments": _webhook_attachments(state, message),
    }
    if message.forwarded:
        payload["is_forwarded"] = True
    if message.shared:
        payload["original"] = original_of(message)
    return payload


def original_of(message: Message) -> str:
    """WhatsApp's own message as the provider hands it on, as far as the simulator knows it: JSON as text."""
    raw = dict(message.shared)
    if message.forwarded:
        raw["extendedTextMessage"] = {"contextInfo": {"isForwarded": True}}
    return json.dumps({"message": raw} if raw else {}, separators=(",", ":"))


def account_status_payload(account: Account, status: str) -> dict[str, Any]:
    return {"AccountStatus": {"account_id": account.id, "account_type": "WHATSAPP", "message": status}}


def _person(message: Message, phone: str, name: str, account_id: str) -> dict[str, Any]:
    specifics: dict[str, Any] = {"provider": "WHATSAPP"}
    if message.use_lid:
        specifics["lid"] = lid_of(phone)
    if not message.hide_phone:
        specifics["phone_number"] = phone
    return {
        "attendee_id": attendee_id(account_id, phone),
        "attendee_name": name,
        "attendee_provider_id": lid_or_wire_id(phone, message.use_lid),
        "attendee_public_identifier": None if message.hide_phone else wire_id_of_phone(phone),
        "attendee_profile_url": None,
        "attendee_specifics": specifics,
    }


def _webhook_attachments(state: State, message: Message) -> list[dict[str, Any]] | dict[str, Any]:
    documented = state.behaviour.documented_attachment_keys
    items = [_documented_attachment(file) if documented else _live_attachment(file) for file in message.files]
    return items[0] if state.behaviour.object_attachments and len(items) == 1 else items


def _live_attachment(file: File) -> dict[str, Any]:
    return {
        "attachment_id": file.id,
        "attachment_type": file.family,
        "attachment_url": None,
        "attachment_size": len(file.content),
        "attachment_name": file.filename,
        "mimetype": file.mimetype,
        "voice_note": file.voice_note,
        "unavailable": False,
    }


def _documented_attachment(file: File) -> dict[str, Any]:
    return {"id": file.id, "type": file.family, "mimetype": file.mimetype, "url": f"att://{file.id}"}


def _rest_attachment(file: File) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "id": file.id,
        "type": file.family,
        "unavailable": False,
        "file_size": len(file.content),
        "mimetype": file.mimetype,
        "url": f"att://{file.id}",
    }
    if file.family == "audio":
        resource["voice_note"] = file.voice_note
    if file.family == "file":
        resource["file_name"] = file.filename
    return resource
