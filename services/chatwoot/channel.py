"""Chatwoot, or its simulator, behind the ``Channel`` port."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from db.settings import Settings, settings
from services.chatwoot.client import ChatwootClient, FilePart
from services.chatwoot.credentials import Access, Template, access
from services.chatwoot.markup import from_commonmark, to_commonmark
from services.chatwoot.normalise import OWN_NOTE
from services.chatwoot.quick_replies import titles
from services.messaging.capabilities import CAPABILITIES
from services.messaging.channel import Document, Download, Receipt, SentMessage, Target
from services.messaging.channel_errors import BadApiKey, ChannelError, NotFound, Refused, TooLarge, WindowClosed

CLOCK_SKEW = timedelta(seconds=5)
"""How far the server's clock may be behind ours; its times are whole seconds besides."""


class ChatwootChannel:
    """Sends into one WhatsApp inbox."""

    capabilities = CAPABILITIES["chatwoot"]

    def __init__(self, client: ChatwootClient, inbox: int, template: Template | None = None) -> None:
        self.client, self.inbox, self.template = client, inbox, template

    async def send_text(self, target: Target, text: str, choices: Sequence[str] = ()) -> Receipt:
        return await self._send(target, text, items=titles(choices, text, self.capabilities))

    async def send_document(self, target: Target, document: Document) -> Receipt:
        limit = self.capabilities.maximum_audio_bytes if document.voice else self.capabilities.maximum_file_bytes
        if len(document.content) > limit:
            raise TooLarge(f"{len(document.content)} bytes")
        part = (document.filename, document.content, document.media_type)
        return await self._send(target, document.caption, file=part, voice=document.voice)

    async def find_recent(self, target: Target, since: datetime) -> list[SentMessage]:
        conversation = target.chat_ref or await self._conversation_with(target)
        if conversation is None:
            return []
        try:
            messages = await self.client.messages(conversation)
        except NotFound:
            return []
        sent = [_sent_message(conversation, each) for each in messages if _is_public_outgoing(each)]
        return [message for message in reversed(sent) if message.at >= since - CLOCK_SKEW]

    async def download(self, message_ref: str, attachment_ref: str) -> Download:
        """``attachment_ref`` is the address of the file; it needs no token and leads through redirects."""
        content, media_type = await self.client.download(attachment_ref, self.capabilities.maximum_file_bytes)
        name = attachment_ref.partition("?")[0].rpartition("/")[2]
        return Download(content, media_type.partition(";")[0].strip().lower(), name or None)

    async def mark_read(self, chat_ref: str) -> None:
        """Nothing to do: the team reads for itself, and Chatwoot tells WhatsApp."""

    async def revoke(self, message_ref: str) -> None:
        """What Chatwoot deletes stays on the phone, so the channel does not say that it can (``capabilities``)."""
        raise Refused("WhatsApp's official numbers take nothing back")

    def _marked_up(self, text: str) -> str:
        """The text in the markup that the channel reads."""
        return to_commonmark(text) if self.capabilities.markup == "commonmark" else text

    async def _show_typing(self, conversation: str, seconds: float) -> None:
        """Shows that an answer is being written; that it cannot be shown stops nothing."""
        try:
            await self.client.toggle_typing(conversation, on=True)
        except ChannelError:
            return
        await asyncio.sleep(seconds)

    async def _send(
        self,
        target: Target,
        text: str | None,
        *,
        items: Sequence[str] = (),
        file: FilePart | None = None,
        voice: bool = False,
    ) -> Receipt:
        """Into the known conversation; when it is gone or unknown, into one with the phone."""
        conversation = target.chat_ref or await self._open_conversation(target)
        try:
            free = (await self.client.conversation(conversation)).get("can_reply") is not False
        except NotFound:
            if target.phone is None:
                raise
            conversation = await self._open_conversation(target)
            free = (await self.client.conversation(conversation)).get("can_reply") is not False
        if target.typing and self.capabilities.typing:
            await self._show_typing(conversation, target.typing)
        content = self._marked_up(text) if text else None
        if free:
            sent = await self.client.create_message(conversation, content, items=items, file=file, voice=voice)
        else:
            sent = await self._send_template(conversation, text or "", content, file)
        return Receipt(conversation, str(sent["id"]), _moment(sent))

    async def _send_template(
        self, conversation: str, text: str, content: str | None, file: FilePart | None
    ) -> dict[str, Any]:
        """Outside the 24 hours only an approved template leaves; its variable takes no line breaks (UX-77).

        A template's file must have a public address: Chatwoot gives one to what is attached to a private note.
        """
        if self.template is None or file is None:
            raise WindowClosed("the contact wrote more than 24 hours ago and there is no template for this")
        note = await self.client.create_message(conversation, f"{OWN_NOTE} {file[0]}", private=True, file=file)
        (attachment, *_) = note.get("attachments") or [{}]
        if not attachment.get("data_url"):
            raise Refused("the attachment of the note has no address")
        header = {"media_url": attachment["data_url"], "media_type": "document", "media_name": file[0]}
        parameters = {
            "name": self.template.name,
            "category": "UTILITY",
            "language": self.template.language,
            "processed_params": {"body": {"1": " ".join(text.split())}, "header": header},
        }
        return await self.client.create_message(conversation, content, template=parameters)

    async def _open_conversation(self, target: Target) -> str:
        known = await self._conversation_with(target)
        if known:
            return known
        if target.phone is None:
            raise Refused("neither a conversation nor a phone to send to")
        contact = await self.client.contact_by_phone(target.phone)
        if contact is None:
            contact = await self.client.create_contact(self.inbox, target.phone, target.phone)
        source = target.phone.removeprefix("+")
        return str(await self.client.create_conversation(self.inbox, contact, source))

    async def _conversation_with(self, target: Target) -> str | None:
        """The inbox's latest conversation with a phone that is not resolved."""
        if target.phone is None:
            return None
        contact = await self.client.contact_by_phone(target.phone)
        found = await self.client.contact_conversations(contact) if contact else []
        mine = [each for each in found if each.get("inbox_id") == self.inbox]
        return str(max(each["id"] for each in mine)) if mine else None


def configured_channel(configured: Settings | None = None, *, timeout: float = 20.0) -> ChatwootChannel:
    """The channel of the settings. Raises ``BadApiKey`` when this channel is off: its rows wait until it is back."""
    configured = configured or settings()
    reached = access(configured)
    if reached is None:
        raise BadApiKey("CHATWOOT_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_INBOX_ID and CHATWOOT_TOKEN are not all set")
    return ChatwootChannel(client_of(reached, timeout=timeout), reached.inbox, reached.template)


def client_of(reached: Access, *, timeout: float = 20.0) -> ChatwootClient:
    """A client of the server of the settings."""
    return ChatwootClient(
        reached.url,
        reached.account,
        reached.token,
        bot_token=reached.bot_token,
        file_origins=reached.file_origins,
        timeout=timeout,
    )


def _is_public_outgoing(message: dict[str, Any]) -> bool:
    return message.get("message_type") == 1 and not message.get("private") and message.get("status") != "failed"


def _sent_message(conversation: str, message: dict[str, Any]) -> SentMessage:
    names = tuple(
        str(file.get("data_url") or "").partition("?")[0].rpartition("/")[2] or None
        for file in message.get("attachments") or []
    )
    content = message.get("content")
    return SentMessage(
        conversation,
        str(message["id"]),
        from_commonmark(content) if content else None,
        names,
        datetime.fromtimestamp(message["created_at"], UTC),
    )


def _moment(message: dict[str, Any]) -> datetime:
    created = message.get("created_at")
    return datetime.fromtimestamp(created, UTC) if isinstance(created, int) else datetime.now(UTC)
