"""What a webhook of Chatwoot can mean here, besides the ``InboundMessage`` of every channel."""

from __future__ import annotations

from datetime import datetime

from services.messaging.schemas import InboundMessage, OtherEvent, Strict


class ContactSeen(Strict):
    """The other side of a conversation as Chatwoot tells it. ``phone`` is set when WhatsApp itself vouches for it."""

    ref: str
    name: str | None = None
    phone: str | None = None
    told_phone: str | None = None
    """A number that somebody typed into the contact's card: shown to admins, never trusted."""
    channel: str | None = None


class ChatwootMessage(Strict):
    """A message with who is on the other side; ``human`` is true when a member of the team wrote it in Chatwoot."""

    message: InboundMessage
    contact: ContactSeen | None = None
    human: bool = False
    update: bool = False


class PrivateNote(Strict):
    """A note that a member of the team wrote into a conversation; its contact never sees it (R184)."""

    account_ref: str
    chat_ref: str
    message_ref: str
    author: str | None
    text: str
    sent_at: datetime


class SendFailed(Strict):
    """A message of ours that WhatsApp did not take after Chatwoot had (chatwoot.md §3.1)."""

    account_ref: str
    chat_ref: str
    message_ref: str
    error: str


class StatusChange(Strict):
    """A conversation was opened, set to pending or resolved: who has it now, a human or the assistant."""

    account_ref: str
    chat_ref: str
    status: str


Event = ChatwootMessage | PrivateNote | SendFailed | StatusChange | OtherEvent
