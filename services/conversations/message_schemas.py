"""Chats and messages as the office reads them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.conversations.schemas import Named

Purpose = Literal["command", "customer", "group", "unknown"]
"""command: the artisan gives orders there. customer: a client of his. Nothing but a command chat reaches the assistant."""
DeliveryStatus = Literal["queued", "sending", "sent", "delivered", "read", "failed", "cancelled", "revoked"]


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="ignore")


class Author(_View):
    """Who wrote a message. ``member`` somebody of the company on his phone; ``office`` one through this API."""

    kind: Literal["assistant", "office", "member", "other"]
    id: UUID | None = None
    name: str | None = None


class MessageView(_View):
    """A message. One that has not left yet has the id of its place in the outbox, which opens it afterwards too.

    ``status`` is that of delivery, of outbound messages; ``processing`` that of reading, of inbound ones: ``queued`` waits
    for its turn, ``processed`` was read by one, ``ignored`` gives no orders. ``original_text``: before it was edited.
    """

    id: UUID
    outbox_id: UUID | None = None
    chat_id: UUID | None = None
    conversation_id: UUID | None = None
    direction: Literal["inbound", "outbound"]
    author: Author
    type: str
    text: str | None
    transcription: str | None = None
    original_text: str | None = None
    filenames: list[str] = Field(default_factory=list)
    attachments: int = 0
    is_forwarded: bool = False
    recipient: Literal["artisan", "client", "stranger"] | None = None
    status: DeliveryStatus | None = None
    error: str | None = None
    processing: str | None = None
    sent_at: datetime | None = None
    received_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


class DeliveryStep(_View):
    """A step of a message that left (R054)."""

    status: str
    at: datetime


class VoiceNote(_View):
    """What became of a voice note (R086). ``confidence`` 0 to 1; ``segments`` with start and end in seconds."""

    outcome: str
    text: str | None
    language: str | None
    segments: list[Any]
    duration_seconds: Decimal | None
    provider: str | None
    model: str | None
    confidence: Decimal | None
    processing_ms: int
    cost_eur: Decimal | None
    attempts: int
    error: str | None
    heard_at: datetime | None


class FileLink(_View):
    """A file of the message, under an address that opens it without a login for 24 hours."""

    name: str
    url: str
    expires_at: datetime


class Answered(_View):
    """A model that helped, with its tokens."""

    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int


class Origin(_View):
    """How the message came about, or was read (R061): the turn, who understood it, the prompt, the sentences said."""

    turn_id: UUID | None = None
    understander: str | None = None
    prompt_hash: str | None = None
    models: list[Answered] = Field(default_factory=list)
    sentences: list[str] = Field(default_factory=list)


class SingleMessage(MessageView):
    """A message with everything that is known of it."""

    history: list[DeliveryStep]
    voice: VoiceNote | None
    files: list[FileLink]
    origin: Origin | None


class Number(_View):
    """The WhatsApp number that a chat is on: the assistant's, or the artisan's own."""

    id: UUID
    kind: Literal["assistant", "artisan"]
    phone: str | None


class Chat(_View):
    """A thread. ``assistant_silent``: a person has it; ``silent_until`` ends by itself."""

    id: UUID
    purpose: Purpose
    is_group: bool
    name: str | None
    phone: str | None
    number: Number
    artisan: Named | None
    client: Named | None
    inbox_status: str
    assistant_silent: bool
    silent_until: datetime | None
    unread: int
    archived: bool
    last_message_at: datetime | None
    last_message: MessageView | None
