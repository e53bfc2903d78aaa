"""What the simulated server remembers: contacts, conversations, messages, files, webhooks, bots."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

WINDOW = timedelta(hours=24)
MESSAGES_PER_CONVERSATION = 1000


class ServerError(Exception):
    """An error answer of the server (chatwoot.md §5)."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(f"{status} {error}")
        self.status, self.body = status, {"error": error, **more}


class Behaviour(BaseModel):
    """How the server behaves. ``lost_webhooks`` is the chance that a call is never made, ``duplicates`` that it is
    made twice; ``unsigned`` is a server before 4.11.2; ``old_payloads`` leaves out what newer versions added.

    ``failures`` answers so many of the next message creations with ``failure_status`` (after the message was stored
    when ``after_storing``).
    """

    model_config = ConfigDict(extra="forbid")

    unsigned: bool = False
    old_payloads: bool = False
    lost_webhooks: float = Field(default=0, ge=0, le=1)
    duplicates: float = Field(default=0, ge=0, le=1)
    receipts: bool = True
    window_closed: bool = False
    whatsapp_refuses: str | None = None
    failures: int = Field(default=0, ge=0)
    failure_status: int = 500
    after_storing: bool = False


@dataclass(slots=True)
class Contact:
    id: int
    name: str
    phone_number: str | None = None
    identifier: str | None = None
    email: str | None = None


@dataclass(slots=True)
class File:
    """An attachment; ``family`` is the server's ``file_type``."""

    id: int
    key: str
    content: bytes
    filename: str
    content_type: str

    @property
    def family(self) -> str:
        family = self.content_type.partition("/")[0]
        return family if family in ("image", "audio", "video") else "file"


@dataclass(slots=True)
class Message:
    """``message_type`` 0 incoming, 1 outgoing; ``sender`` is (type, id, name)."""

    id: int
    conversation_id: int
    content: str | None
    message_type: int
    created_at: datetime
    sender: tuple[str, int, str]
    private: bool = False
    content_type: str = "text"
    content_attributes: dict[str, Any] = field(default_factory=dict)
    additional_attributes: dict[str, Any] = field(default_factory=dict)
    status: str = "sent"
    source_id: str | None = None
    files: list[File] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """``source_id`` is the other side's address in the inbox: on WhatsApp its digits."""

    id: int
    inbox_id: int
    contact_id: int
    source_id: str
    status: str
    created_at: datetime
    messages: list[Message] = field(default_factory=list)
    last_incoming_at: datetime | None = None

    @property
    def last_activity_at(self) -> datetime:
        return self.messages[-1].created_at if self.messages else self.created_at


@dataclass(slots=True)
class Inbox:
    id: int
    name: str
    channel_type: str
    phone_number: str | None = None
    bot_id: int | None = None


@dataclass(slots=True)
class Webhook:
    id: int
    url: str
    name: str
    subscriptions: list[str]
    secret: str


@dataclass(slots=True)
class Bot:
    id: int
    name: str
    outgoing_url: str
    access_token: str
    secret: str


class State:
    """Everything the server knows. Ids rise with the clock, so that a restarted server never reuses one."""

    def __init__(self, account: int, token: str, frontend_url: str) -> None:
        self.account, self.token, self.frontend_url = account, token, frontend_url
        self.account_name = "Usta"
        self.behaviour = Behaviour()
        self.inboxes: dict[int, Inbox] = {}
        self.contacts: dict[int, Contact] = {}
        self.conversations: dict[int, Conversation] = {}
        self.messages: dict[int, Message] = {}
        self.files: dict[str, File] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.bots: dict[int, Bot] = {}
        self._ids = itertools.count(int(time.time() * 1000))

    def new_id(self) -> int:
        return next(self._ids)

    def conversation(self, number: int) -> Conversation:
        if number not in self.conversations:
            raise ServerError(404, "Resource could not be found")
        return self.conversations[number]

    def contact(self, number: int) -> Contact:
        if number not in self.contacts:
            raise ServerError(404, "Resource could not be found")
        return self.contacts[number]

    def inbox(self, number: int) -> Inbox:
        if number not in self.inboxes:
            raise ServerError(404, "Resource could not be found")
        return self.inboxes[number]

    def contact_of_phone(self, phone: str) -> Contact | None:
        return next((each for each in self.contacts.values() if each.phone_number == phone), None)

    def add_contact(self, name: str, phone: str | None, **values: Any) -> Contact:
        contact = Contact(self.new_id(), name, phone, **values)
        self.contacts[contact.id] = contact
        return contact

    def add_conversation(self, inbox: Inbox, contact: Contact, source_id: str) -> Conversation:
        """With an active bot on the inbox a conversation starts pending (§4.6)."""
        status = "pending" if inbox.bot_id else "open"
        conversation = Conversation(self.new_id(), inbox.id, contact.id, source_id, status, datetime.now(UTC))
        self.conversations[conversation.id] = conversation
        return conversation

    def add_message(self, conversation: Conversation, message: Message) -> None:
        conversation.messages.append(message)
        self.messages[message.id] = message
        if message.message_type == 0:
            conversation.last_incoming_at = message.created_at
        for old in conversation.messages[:-MESSAGES_PER_CONVERSATION]:
            self.messages.pop(old.id, None)
        del conversation.messages[:-MESSAGES_PER_CONVERSATION]

    def add_file(self, content: bytes, filename: str, content_type: str) -> File:
        file = File(self.new_id(), secrets.token_urlsafe(16), content, filename, content_type)
        self.files[file.key] = file
        return file

    def can_reply(self, conversation: Conversation) -> bool:
        """WhatsApp's 24 hours; other channels have none."""
        if self.behaviour.window_closed:
            return False
        if self.inboxes[conversation.inbox_id].channel_type != "Channel::Whatsapp":
            return True
        last = conversation.last_incoming_at
        return last is not None and datetime.now(UTC) - last < WINDOW
