"""Unipile, or its simulator, behind the ``Channel`` port."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from db.repositories.sessions import NEW
from db.settings import Settings, settings
from services.messaging.addresses import wire_id_of_phone
from services.messaging.capabilities import CAPABILITIES
from services.messaging.channel import Document, Download, Receipt, SentMessage, Target
from services.messaging.channel_errors import Disconnected, NotFound, Refused
from services.messaging.credentials import api_key, provider_url
from services.messaging.unipile import UnipileClient

CLOCK_SKEW = timedelta(seconds=5)
"""How far the provider's clock may be behind ours when we look for a message sent after a moment of ours."""
RECENT = 20
_FILENAME = re.compile(r"filename\*=UTF-8''([^;]+)|filename=\"?([^\";]+)")


class UnipileChannel:
    """Sends through one Unipile workspace."""

    capabilities = CAPABILITIES["unipile"]

    def __init__(self, client: UnipileClient) -> None:
        self.client = client

    async def send_text(self, target: Target, text: str, choices: Sequence[str] = ()) -> Receipt:
        return await self._send(target, text=text)

    async def send_document(self, target: Target, document: Document) -> Receipt:
        part = (document.filename, document.content, document.media_type)
        if document.voice:
            return await self._send(target, text=document.caption, voice=part)
        return await self._send(target, text=document.caption, attachments=[part])

    async def find_recent(self, target: Target, since: datetime) -> list[SentMessage]:
        chat_ref = target.chat_ref or await self._chat_with(target)
        if chat_ref is None:
            return []
        found: list[SentMessage] = []
        try:
            async for message in self.client.list_messages(chat_ref, after=since - CLOCK_SKEW, limit=RECENT):
                if message.get("is_sender"):
                    found.append(_sent_message(chat_ref, message))
        except NotFound:
            return []
        return found

    async def download(self, message_ref: str, attachment_ref: str) -> Download:
        content, media_type, disposition = await self.client.download(message_ref, attachment_ref)
        name = _FILENAME.search(disposition)
        filename = unquote(name[1] or name[2]) if name else None
        return Download(content, media_type.partition(";")[0].strip().lower(), filename)

    async def mark_read(self, chat_ref: str) -> None:
        await self.client.mark_chat_read(chat_ref)

    async def revoke(self, message_ref: str) -> None:
        await self.client.delete_message(message_ref)

    async def _send(self, target: Target, **content: Any) -> Receipt:
        """Into the known chat; when it is gone or unknown, to the phone, which opens one (unipile.md §6.4)."""
        if target.account_ref.startswith(NEW):
            raise Disconnected("the number is not linked")
        if target.chat_ref:
            try:
                message_ref = await self.client.send_message(
                    target.chat_ref, target.account_ref, typing_ms=round(target.typing * 1000), **content
                )
                return Receipt(target.chat_ref, message_ref, datetime.now(UTC))
            except NotFound:
                if target.phone is None:
                    raise
        if target.phone is None:
            raise Refused("neither a chat nor a phone to send to")
        wire_id = wire_id_of_phone(target.phone)
        chat_ref, message_ref = await self.client.start_chat(target.account_ref, wire_id, **content)
        if chat_ref is None:
            chat_ref = await self._chat_with(target)
        return Receipt(chat_ref or wire_id, message_ref, datetime.now(UTC))

    async def _chat_with(self, target: Target) -> str | None:
        """The id of the account's chat with a phone, among its recent ones."""
        if target.phone is None:
            return None
        wire_id, seen = wire_id_of_phone(target.phone), 0
        async for chat in self.client.list_chats(target.account_ref, limit=RECENT):
            seen += 1
            if wire_id in (
                chat.get("attendee_provider_id"),
                chat.get("attendee_public_identifier"),
                chat.get("provider_id"),
            ):
                return str(chat["id"])
            if seen >= RECENT:
                break
        return None


def configured_channel(configured: Settings | None = None, *, timeout: float = 20.0) -> UnipileChannel:
    """The channel of the settings: the real workspace when one is configured, else the simulator of this home."""
    configured = configured or settings()
    return UnipileChannel(UnipileClient(provider_url(configured), api_key(configured), timeout=timeout))


def _sent_message(chat_ref: str, message: dict[str, Any]) -> SentMessage:
    names = tuple(file.get("file_name") for file in message.get("attachments") or [] if isinstance(file, dict))
    at = datetime.fromisoformat(message["timestamp"])
    return SentMessage(chat_ref, str(message["id"]), message.get("text"), names, at)
