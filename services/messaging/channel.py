"""The port to a messaging provider (C20): what delivery and voice need of it, and the one this process talks to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the provider can show or do; choices are numbered text where it has no buttons."""

    buttons: bool = False
    lists: bool = False
    templates: bool = False
    reactions: bool = False
    typing: bool = False
    revoke: bool = False
    maximum_file_bytes: int = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: the account, and a chat of it or a phone (E.164) when there is no chat yet."""

    account_ref: str
    chat_ref: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file to send, with the words that go with it. ``voice`` sends audio as a voice note."""

    content: bytes
    filename: str
    media_type: str
    caption: str | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message. Its id may be unknown until the echo comes (unipile.md §6.3)."""

    chat_ref: str
    message_ref: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of ours found in a chat."""

    chat_ref: str
    message_ref: str
    text: str | None
    filenames: tuple[str | None, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """The bytes of a received file."""

    content: bytes
    media_type: str
    filename: str | None = None


class Channel(Protocol):
    """A messaging provider. Every method raises subclasses of ``ChannelError``."""

    capabilities: Capabilities

    async def send_text(self, target: Target, text: str) -> Receipt: ...

    async def send_document(self, target: Target, document: Document) -> Receipt: ...

    async def find_recent(self, target: Target, since: datetime) -> list[SentMessage]:
        """What the account sent to the target since then, newest first: to learn how an unanswered send ended."""
        ...

    async def download(self, message_ref: str, attachment_ref: str) -> Download: ...

    async def mark_read(self, chat_ref: str) -> None: ...


_channel: list[Channel] = []


def use_channel(channel: Channel | None) -> None:
    """Names the channel of this process's jobs; None makes the next use build the configured one."""
    _channel[:] = [channel] if channel else []


def current_channel() -> Channel:
    """The channel of this process: the one named, else the provider of the settings, real or simulated."""
    if not _channel:
        from services.messaging.unipile_channel import configured_channel

        _channel.append(configured_channel())
    return _channel[0]
