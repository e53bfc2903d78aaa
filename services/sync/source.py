"""Where chats and messages are listed: the port that an import and a poll need of a provider (unipile.md §5, §6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol

from services.messaging.channel import channel_of
from services.messaging.unipile_channel import UnipileChannel

Resource = dict[str, Any]
"""A chat, message or attendee as the provider's REST API gives it."""


class Source(Protocol):
    """A provider that keeps chats. Every method raises subclasses of ``ChannelError``."""

    def list_chats(
        self, account_id: str, *, after: datetime | None = None, limit: int = 100
    ) -> AsyncIterator[Resource]:
        """The account's chats, most recently active first."""
        ...

    def list_messages(
        self, chat_id: str, *, after: datetime | None = None, limit: int = 100
    ) -> AsyncIterator[Resource]:
        """The chat's messages, newest first."""
        ...

    async def chat_attendees(self, chat_id: str) -> list[Resource]: ...

    async def get_message(self, message_id: str) -> Resource: ...


def current_source() -> Source:
    """The provider of this process's jobs, real or simulated."""
    channel = channel_of("unipile")
    if not isinstance(channel, UnipileChannel):
        raise LookupError("the configured channel keeps no chats")
    return channel.client
