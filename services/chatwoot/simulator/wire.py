"""The server's forms: a message and a conversation as webhooks tell them, and as the REST API does (chatwoot.md §3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from services.chatwoot.simulator.state import Contact, Conversation, File, Message, State
from services.messaging.moments import moment

MESSAGE_TYPES = ("incoming", "outgoing", "activity", "template")


def message_event(state: State, event: str, message: Message) -> dict[str, Any]:
    """The body of message_created and message_updated: words for the type, ISO dates."""
    conversation = state.conversations[message.conversation_id]
    inbox = state.inboxes[conversation.inbox_id]
    body: dict[str, Any] = {
        "event": event,
        "id": message.id,
        "content": message.content,
        "content_type": message.content_type,
        "content_attributes": message.content_attributes,
        "additional_attributes": message.additional_attributes,
        "message_type": MESSAGE_TYPES[message.message_type],
        "private": message.private,
        "created_at": moment(message.created_at),
        "source_id": message.source_id,
        "account": {"id": state.account, "name": state.account_name},
        "inbox": {"id": inbox.id, "name": inbox.name},
        "sender": _sender(state, message),
        "conversation": conversation_body(state, conversation, [message]),
    }
    if message.files:
        body["attachments"] = [attachment(state, file, message) for file in message.files]
    return body


def conversation_event(state: State, event: str, conversation: Conversation, before: str | None) -> dict[str, Any]:
    """A conversation flattened at the top level; ``before`` is the status it had."""
    body = {"event": event, **conversation_body(state, conversation, conversation.messages[-1:])}
    if before is not None:
        change = {"status": {"previous_value": before, "current_value": conversation.status}}
        body["changed_attributes"] = [change]
    return body


def conversation_body(state: State, conversation: Conversation, messages: list[Message]) -> dict[str, Any]:
    contact, inbox = state.contacts[conversation.contact_id], state.inboxes[conversation.inbox_id]
    active = int(conversation.last_activity_at.timestamp())
    body: dict[str, Any] = {
        "id": conversation.id,
        "inbox_id": inbox.id,
        "channel": inbox.channel_type,
        "status": conversation.status,
        "can_reply": state.can_reply(conversation),
        "additional_attributes": {},
        "custom_attributes": {},
        "labels": [],
        "contact_inbox": {
            "id": contact.id + 1,
            "contact_id": contact.id,
            "inbox_id": inbox.id,
            "source_id": conversation.source_id,
            "created_at": moment(conversation.created_at),
            "updated_at": moment(conversation.created_at),
            "hmac_verified": False,
            "pubsub_token": "simulated",
        },
        "messages": [message_resource(state, message) for message in messages],
        "meta": {
            "sender": {**_contact(state, contact), "type": "contact"},
            "assignee": None,
            "assignee_type": None,
            "team": None,
            "hmac_verified": False,
        },
        "snoozed_until": None,
        "unread_count": 1,
        "first_reply_created_at": None,
        "priority": None,
        "waiting_since": active,
        "agent_last_seen_at": 0,
        "contact_last_seen_at": 0,
        "last_activity_at": active,
        "timestamp": active,
        "created_at": int(conversation.created_at.timestamp()),
        "updated_at": conversation.last_activity_at.timestamp(),
    }
    if not state.behaviour.old_payloads:
        body["account"] = {"id": state.account, "name": state.account_name}
    return body


def message_resource(state: State, message: Message) -> dict[str, Any]:
    """A message of the REST API: numbers for the type, seconds for the date."""
    body: dict[str, Any] = {
        "id": message.id,
        "content": message.content,
        "account_id": state.account,
        "inbox_id": state.conversations[message.conversation_id].inbox_id,
        "conversation_id": message.conversation_id,
        "message_type": message.message_type,
        "content_type": message.content_type,
        "status": message.status,
        "content_attributes": message.content_attributes,
        "additional_attributes": message.additional_attributes,
        "created_at": int(message.created_at.timestamp()),
        "private": message.private,
        "source_id": message.source_id,
        "sender": _sender(state, message),
    }
    if message.files:
        body["attachments"] = [attachment(state, file, message) for file in message.files]
    return body


def attachment(state: State, file: File, message: Message) -> dict[str, Any]:
    url = f"{state.frontend_url}/rails/active_storage/blobs/redirect/{file.key}/{quote(file.filename)}"
    body: dict[str, Any] = {
        "id": file.id,
        "message_id": message.id,
        "file_type": file.family,
        "account_id": state.account,
        "extension": None,
        "data_url": url,
        "thumb_url": "",
        "file_size": len(file.content),
        "width": None,
        "height": None,
    }
    if file.family == "audio":
        body["transcribed_text"] = ""
    if not state.behaviour.old_payloads:
        body["content_type"] = file.content_type
    return body


def contact_resource(state: State, contact: Contact) -> dict[str, Any]:
    return _contact(state, contact)


def _sender(state: State, message: Message) -> dict[str, Any]:
    kind, number, name = message.sender
    if kind == "contact":
        return _contact(state, state.contacts[number]) | {"account": {"id": state.account, "name": state.account_name}}
    if kind == "agent_bot":
        return {"id": number, "name": name, "type": "agent_bot"}
    return {"id": number, "name": name, "email": "equipe@example.fr", "type": "user"}


def _contact(state: State, contact: Contact) -> dict[str, Any]:
    return {
        "additional_attributes": {},
        "avatar": "",
        "blocked": False,
        "custom_attributes": {},
        "email": contact.email,
        "id": contact.id,
        "identifier": contact.identifier,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "thumbnail": "",
    }
