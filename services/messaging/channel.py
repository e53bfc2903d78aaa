"""The port to a messaging provider (C20): what delivery and downloads need of it, and the ones this process talks to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from db.models.messaging import Provider
from services.messaging.capabilities import Capabilities


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: the account, and a chat of it or a phone (E.164) when there is no chat yet.

    ``typing``: seconds that the chat shows "is typing" before the words, where the provider can.
    """

    account_ref: str
    chat_ref: str | None = None
    phone: str | None = None
    typing: float = 0.0


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

    async def send_text(self, target: Target, text: str, choices: Sequence[str] = ()) -> Receipt:
        """Sends words in WhatsApp's markup; ``choices`` may be tapped where the provider has buttons or lists."""
        ...

    async def send_document(self, target: Target, document: Document) -> Receipt: ...

    async def find_recent(self, target: Target, since: datetime) -> list[SentMessage]:
        """What the account sent to the target since then, newest first: to learn how an unanswered send ended."""
        ...

    async def download(self, message_ref: str, attachment_ref: str) -> Download: ...

    async def mark_read(self, chat_ref: str) -> None: ...

    async def revoke(self, message_ref: str) -> None:
        """Deletes a message of ours for everybody; called only where the channel has ``revoke``."""
        ...


ChannelOf = Callable[[Provider], Channel]
"""How a job finds the channel of an account's provider."""

_channels: dict[Provider, Channel] = {}


def use_channel(channel: Channel | None, provider: Provider = "unipile") -> None:
    """Names the channel of this process's jobs for a provider; None makes the next use build the configured one."""
    _channels.pop(provider, None)
    if channel:
        _channels[provider] = channel


def channel_of(provider: Provider) -> Channel:
    """The channel of an account's provider: the one named, else the one of the settings, real or simulated."""
    if provider not in _channels:
        _channels[provider] = _BUILDERS[provider]()
    return _channels[provider]


def _unipile() -> Channel:
    from services.messaging.unipile_channel import configured_channel

    return configured_channel()


def _chatwoot() -> Channel:
    from services.chatwoot.channel import configured_channel

    return configured_channel()


_BUILDERS: dict[Provider, Callable[[], Channel]] = {"unipile": _unipile, "chatwoot": _chatwoot}
