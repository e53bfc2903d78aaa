"""What travels through this room: the raw webhook, the message in it, what must leave, what became of a webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

EventKind = Literal["message", "edited", "deleted", "delivered", "read", "reaction"]
MessageType = Literal[
    "text", "image", "video", "audio", "document", "sticker", "location", "contact", "event", "unsupported"
]
Purpose = Literal["command", "customer", "group", "unknown"]
Outcome = Literal[
    "queued",
    "stored",
    "duplicate",
    "echo",
    "edited",
    "deleted",
    "delivered",
    "read",
    "reaction",
    "unmatched",
    "account_status",
    "unknown_account",
    "unknown_event",
    "unreadable",
    "postponed",
    "too_large",
    "error",
]


@dataclass(frozen=True, slots=True)
class RawWebhook:
    """A webhook call as it came: the body byte for byte, headers without secrets, the moment it arrived (UTC)."""

    body: bytes
    received_at: datetime
    headers: dict[str, str] = field(default_factory=dict)
    source: str = "unipile"


class Strict(BaseModel):
    """Values inside the house: complete, typed and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Attachment(Strict):
    """A file of a message. ``mimetype`` carries no parameters; ``size`` in bytes, ``duration`` in seconds."""

    id: str
    type: Literal["img", "video", "audio", "file"]
    mimetype: str | None = None
    filename: str | None = None
    size: int | None = None
    duration: float | None = None
    voice_note: bool = False
    sticker: bool = False
    unavailable: bool = False


class Quoted(Strict):
    """The message that this one answers (UX-17)."""

    provider_message_id: str | None = None
    wire_id: str | None = None
    sender_id: str | None = None
    text: str | None = None
    attachments: int = 0


class InboundMessage(Strict):
    """One message event of one account, whoever wrote it; ids are the provider's, phones are E.164 or unknown.

    ``peer_*`` is the other side of a two-person chat; ``from_account`` is true when the account itself wrote
    (the artisan on his phone, or we through the API).
    """

    kind: EventKind
    account_ref: str
    chat_ref: str
    message_ref: str
    wire_id: str | None = None
    chat_wire_id: str | None = None
    chat_name: str | None = None
    from_account: bool = False
    to_itself: bool = False
    is_group: bool = False
    is_forwarded: bool = False
    sender_ref: str | None = None
    sender_name: str | None = None
    sender_phone: str | None = None
    peer_wire_id: str | None = None
    peer_phone: str | None = None
    type: MessageType = "text"
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    quoted: Quoted | None = None
    reaction: str | None = None
    sent_at: datetime
    details: dict[str, Any] = Field(default_factory=dict)


class AccountStatus(Strict):
    """A connection changed its state at the provider (unipile.md §4.8)."""

    account_ref: str
    status: str


class OtherEvent(Strict):
    """An event of a kind that means nothing here; it is kept and answered."""

    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a payload cannot be read: the path of the field ("body" for the whole) and the reason."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a webhook; ``turn`` is true when a job will answer it."""

    outcome: Outcome
    message_id: UUID | None = None
    chat_id: UUID | None = None
    turn: bool = False
    problems: tuple[Problem, ...] = ()


class OutgoingMessage(BaseModel):
    """What must leave. ``not_before`` holds it back until then; it can be cancelled until it is claimed (UX-45).

    A message to a client needs the approval of exactly that version of the document (DESIGN §7); the database refuses
    it otherwise. ``attachment_key`` names the file in the storage; ``body`` is its caption then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: UUID | None
    account_id: UUID
    chat_id: UUID | None = None
    recipient: Literal["artisan", "client", "stranger"] = "artisan"
    channel: Literal["whatsapp", "email"] = "whatsapp"
    to_phone: str | None = None
    to_email: str | None = None
    kind: Literal["text", "document", "audio"] = "text"
    body: str | None = None
    attachment_key: str | None = None
    filename: str | None = None
    media_type: str | None = None
    choices: list[str] = Field(default_factory=list)
    """The numbered answers of the question in ``body``, to be tapped where the channel can show them (UX-53)."""
    document_kind: str | None = None
    document_id: UUID | None = None
    document_version: int | None = None
    approval_id: UUID | None = None
    not_before: datetime | None = None
    conversation_id: UUID | None = None
    provenance: dict[str, Any] = Field(default_factory=dict)
