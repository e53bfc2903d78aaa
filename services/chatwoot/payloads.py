"""The bodies of Chatwoot's webhooks and messages, read leniently: only what is indispensable is demanded.

A message comes in two forms, with words for its type and an ISO date (webhooks), or with numbers (REST, §3.1 and §4.1).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.messaging.cleaning import clean_tree
from services.messaging.payloads import UnreadablePayload
from services.messaging.schemas import Problem

MESSAGE_TYPES = ("incoming", "outgoing", "activity", "template")
"""The types in the order of their numbers."""
MAXIMUM_ATTACHMENTS = 15


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _type(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return MESSAGE_TYPES[value] if 0 <= value < len(MESSAGE_TYPES) else "activity"
    return value if value in MESSAGE_TYPES else "activity"


def _moment(value: object) -> datetime | None:
    """Seconds since 1970, or an ISO date with its zone."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53 else None


Text = Annotated[str | None, BeforeValidator(_text)]
Mapping = Annotated[dict[str, Any], BeforeValidator(_mapping)]
Items = Annotated[list[dict[str, Any]], BeforeValidator(_items)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Id = Annotated[int | None, BeforeValidator(_number)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ConversationPayload(_Lenient):
    """A conversation; ``id`` is the number that the API's addresses carry."""

    id: Id = None
    inbox_id: Id = None
    channel: Text = None
    status: Text = None
    can_reply: bool | None = None
    contact_inbox: Mapping = Field(default_factory=dict)
    messages: Items = Field(default_factory=list)
    meta: Mapping = Field(default_factory=dict)
    account: Mapping = Field(default_factory=dict)


class AttachmentPayload(_Lenient):
    """A file, a place or a contact card (§3.3)."""

    id: Id = None
    file_type: Text = None
    content_type: Text = None
    extension: Text = None
    data_url: Text = None
    file_size: Id = None
    fallback_title: Text = None
    coordinates_lat: float | None = None
    coordinates_long: float | None = None
    meta: Mapping = Field(default_factory=dict)


class MessagePayload(_Lenient):
    """A message, of a webhook or of a list."""

    id: Id = None
    content: Text = None
    content_type: Text = None
    content_attributes: Mapping = Field(default_factory=dict)
    message_type: Annotated[str, BeforeValidator(_type)] = "activity"
    private: Annotated[bool, BeforeValidator(bool)] = False
    created_at: Moment = None
    status: Text = None
    source_id: Text = None
    sender: Mapping = Field(default_factory=dict)
    attachments: Items = Field(default_factory=list)
    account: Mapping = Field(default_factory=dict)
    inbox: Mapping = Field(default_factory=dict)
    conversation: Annotated[ConversationPayload, BeforeValidator(_mapping)] = Field(default_factory=ConversationPayload)


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises ``UnreadablePayload``."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload(Problem("body", "is not JSON")) from error
    if not isinstance(data, dict):
        raise UnreadablePayload(Problem("body", "is not a JSON object"))
    cleaned = clean_tree(data)
    assert isinstance(cleaned, dict)
    return cleaned


def read_message(data: dict[str, Any]) -> MessagePayload:
    """The message of a webhook; demands its id, account, inbox and conversation. Raises ``UnreadablePayload``."""
    try:
        payload = MessagePayload.model_validate(data)
    except ValidationError as error:
        problems = [Problem(".".join(map(str, item["loc"])) or "body", item["msg"]) for item in error.errors()]
        raise UnreadablePayload(*problems) from error
    conversation = payload.conversation
    missing = [
        name
        for name, value in (
            ("id", payload.id),
            ("account.id", _number(payload.account.get("id")) or _number(conversation.account.get("id"))),
            ("inbox.id", _number(payload.inbox.get("id")) or conversation.inbox_id),
            ("conversation.id", conversation.id),
        )
        if value is None
    ]
    if missing:
        raise UnreadablePayload(*[Problem(name, "is missing") for name in missing])
    return payload
