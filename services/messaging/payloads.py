"""The provider's webhook bodies as Pydantic models, tolerant: an odd optional field becomes empty, never an error.

Key names and their variants: unipile.md §8–§9 (two attachment key sets, object or list, 0/1 or true/false or "false").
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.messaging.cleaning import clean_tree
from services.messaging.schemas import Problem

_FIRST_MILLISECONDS = 100_000_000_000
"""Epoch numbers above this are milliseconds (as seconds they would be the year 5138)."""

_KEYS_OF_ONE = {"id", "attachment_id", "type", "attachment_type", "attendee_id"}
"""An object with one of these where a list is expected is one item; without, it is a list with numbers for keys."""


class UnreadablePayload(ValueError):
    """The body is not a payload of the provider; ``problems`` name the fields."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


def _nested(value: Any) -> Any:
    """A JSON string inside a form-encoded body, read; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _flag(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes")
    return isinstance(value, bool | int) and bool(value)


def _object(value: Any) -> dict[str, Any]:
    value = _nested(value)
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    value = _nested(value)
    if isinstance(value, dict):
        value = [value] if _KEYS_OF_ONE & value.keys() else [*value.values()]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            moment = datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        number = _number(value)
        if number is None:
            return None
        return datetime.fromtimestamp(number / 1000 if number > _FIRST_MILLISECONDS else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


Text = Annotated[str | None, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Object = Annotated[dict[str, Any], BeforeValidator(_object)]
Number = Annotated[float | None, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Tolerant(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class AttendeePayload(Tolerant):
    """A person in a chat. ``attendee_provider_id`` may be a phone's wire id or an opaque ``@lid``."""

    attendee_id: Text = Field(default=None, validation_alias=AliasChoices("attendee_id", "id"))
    attendee_name: Text = Field(default=None, validation_alias=AliasChoices("attendee_name", "name"))
    attendee_provider_id: Text = Field(
        default=None, validation_alias=AliasChoices("attendee_provider_id", "provider_id")
    )
    attendee_public_identifier: Text = None
    attendee_specifics: Object = Field(default_factory=dict)


class AttachmentPayload(Tolerant):
    """A file, in the live key set (``attachment_*``) or the documented one (``id``, ``type``)."""

    id: Text = Field(default=None, validation_alias=AliasChoices("attachment_id", "id"))
    type: Text = Field(default=None, validation_alias=AliasChoices("attachment_type", "type"))
    mimetype: Text = Field(default=None, validation_alias=AliasChoices("mimetype", "attachment_mimetype", "mime_type"))
    name: Text = Field(default=None, validation_alias=AliasChoices("attachment_name", "file_name", "filename", "name"))
    size: Number = Field(default=None, validation_alias=AliasChoices("attachment_size", "file_size", "size"))
    duration: Number = Field(default=None, validation_alias=AliasChoices("duration", "attachment_duration"))
    voice_note: Flag = False
    sticker: Flag = False
    unavailable: Flag = False


class MessagePayload(Tolerant):
    """The envelope of every messaging event."""

    event: Text = "message_received"
    account_id: Text = None
    account_info: Object = Field(default_factory=dict)
    chat_id: Text = None
    provider_chat_id: Text = None
    message_id: Text = None
    provider_message_id: Text = None
    timestamp: Moment = None
    message: Text = Field(default=None, validation_alias=AliasChoices("message", "text"))
    message_type: Text = None
    subject: Text = None
    is_sender: Flag = False
    is_group: Flag = False
    is_event: Flag = False
    event_type: Number = None
    is_forwarded: Flag = Field(default=False, validation_alias=AliasChoices("is_forwarded", "forwarded", "isForwarded"))
    original: Text = None
    quoted: Object = Field(default_factory=dict)
    sender: Annotated[AttendeePayload, BeforeValidator(_object)] = Field(default_factory=AttendeePayload)
    attendees: Annotated[list[AttendeePayload], BeforeValidator(_objects)] = Field(default_factory=list)
    attachments: Annotated[list[AttachmentPayload], BeforeValidator(_objects)] = Field(default_factory=list)
    reaction: Text = None
    reaction_sender: Annotated[AttendeePayload, BeforeValidator(_object)] = Field(default_factory=AttendeePayload)


def read_body(body: bytes) -> dict[str, Any]:
    """The body as cleaned data, JSON whatever the Content-Type, else form-encoded. Raises ``UnreadablePayload``."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = _read_form(body)
    if not isinstance(data, dict):
        raise UnreadablePayload(Problem("body", "must be a JSON object"))
    try:
        return clean_tree(data)  # type: ignore[return-value]
    except RecursionError as error:
        raise UnreadablePayload(Problem("body", "is nested too deeply")) from error


def _read_form(body: bytes) -> dict[str, Any] | None:
    if b"account_id=" not in body:
        return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return None


def read_message(data: dict[str, Any]) -> MessagePayload:
    """The envelope with its indispensable ids. Raises ``UnreadablePayload`` naming those that are missing."""
    try:
        payload = MessagePayload.model_validate(data)
    except ValidationError as error:
        raise UnreadablePayload(
            *(Problem(".".join(map(str, item["loc"])), item["msg"]) for item in error.errors())
        ) from error
    missing = [name for name in ("account_id", "chat_id", "message_id") if not getattr(payload, name)]
    if missing:
        raise UnreadablePayload(*(Problem(name, "is required") for name in missing))
    return payload
