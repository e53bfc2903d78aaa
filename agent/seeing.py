"""Looks at the pictures and files of a turn before it begins: fetched, read, stored on the message (UX-65…UX-69).

What is read is data. It becomes lines that are proposed, never words that are understood (DESIGN §4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import structlog

from agent.gathering import Gathered
from agent.remarks import speak
from agent.shown import asked_file
from agent.understanding.pictures import PictureReader
from agent.understanding.usage import ModelUsageRecord
from db.models import ModelUsage, WhatsappMessage
from db.repositories import attachments as repository
from db.repositories.outbox import provider_of
from db.session import Database
from services.attachments import cards, pictures, service, text_layer
from services.attachments.schemas import TEXT_LAYER, Seen
from services.attachments.service import Kept
from services.messaging import outbox
from services.messaging.channel import Channel, ChannelOf
from services.messaging.channel_errors import ChannelError, NotFound
from services.messaging.schemas import OutgoingMessage
from services.storage.service import Storage

MOST_FILES = 8
"""Files of one turn that are looked at; what comes beyond is kept unread."""
AT_ONCE = 2
_CARDS = ("text/vcard", "text/x-vcard", "text/directory")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Looker:
    """Looks with this process's model; ``reader`` is None when none can see."""

    reader: PictureReader | None
    channel_of: ChannelOf
    storage: Storage
    patience: float = 8.0
    """Seconds after which the artisan is told that his picture is being read."""

    async def prepare(self, database: Database, gathered: Gathered, messages: Sequence[WhatsappMessage]) -> None:
        """A step of ``agent.preparing``: looks at the files among the messages, the outcome of each message stored."""
        shown = [message for message in messages if files_of(message)]
        if not shown or asked_file(gathered, shown):  # his logo or his attestation: kept as it is, not read
            return
        organization_id = gathered.organization.id
        async with database.tenant(organization_id) as session:
            provider = await provider_of(session, gathered.chat.account_id)
            told = await repository.were_told(session, organization_id, gathered.chat.id)
        channel, turns, left = self.channel_of(cast(Any, provider)), asyncio.Semaphore(AT_ONCE), MOST_FILES

        async def look(message: WhatsappMessage, most: int) -> None:
            async with turns:
                seen, contact, usage = await self._look(channel, gathered, message, most)
            seen = seen.model_copy(update={"repeated": told})
            async with database.tenant(organization_id) as session:
                values: dict[str, Any] = {"seen": seen.model_dump(mode="json")}
                if contact is not None:
                    values["contact"] = contact
                await repository.note_details(session, organization_id, message.id, values)
                session.add_all(ModelUsage(organization_id=organization_id, **vars(record)) for record in usage)

        looks = []
        for message in shown:
            looks.append(look(message, max(left, 0)))
            left -= len(files_of(message))
        patience = asyncio.create_task(self._ask_for_patience(database, gathered))
        try:
            await asyncio.gather(*looks)
        finally:
            patience.cancel()

    async def _ask_for_patience(self, database: Database, gathered: Gathered) -> None:
        """One line when reading takes long (UX-71)."""
        await asyncio.sleep(self.patience)
        message = OutgoingMessage(
            organization_id=gathered.organization.id,
            account_id=gathered.chat.account_id,
            chat_id=gathered.chat.id,
            to_phone=gathered.user.whatsapp_phone,
            body=speak(gathered, "answers.photo_reading"),
        )
        async with database.tenant(gathered.organization.id) as session:
            await outbox.enqueue(session, message)

    async def _look(
        self, channel: Channel, gathered: Gathered, message: WhatsappMessage, most: int
    ) -> tuple[Seen, dict[str, Any] | None, list[ModelUsageRecord]]:
        """What the files of one message give together; the first that says something decides what it is."""
        found: list[Seen] = []
        usage: list[ModelUsageRecord] = []
        contact: dict[str, Any] | None = None
        for number, attachment in enumerate(files_of(message)):
            try:
                kept = await service.fetch(
                    channel,
                    self.storage,
                    organization_id=gathered.organization.id,
                    message_id=message.id,
                    message_ref=message.provider_message_id,
                    attachment=attachment,
                )
            except NotFound:
                found.append(Seen(outcome="lost"))
                continue
            except ChannelError as error:
                _log.warning("attachment.not_fetched", message=str(message.id), error=str(error)[:200])
                found.append(Seen(outcome="failed"))
                continue
            if _is_card(attachment, kept):
                card = cards.contact_of_card(kept.content.decode("utf-8", "replace"))
                contact = contact or (card.model_dump() if card else None)
                found.append(Seen(outcome="contact" if card else "nothing"))
            elif number >= most:
                found.append(Seen(outcome="failed", keys=[kept.key] if kept.key else []))
            else:
                seen, spent = await self._read(gathered, kept)
                usage += spent
                found.append(seen.model_copy(update={"keys": [kept.key] if kept.key else []}))
        return together(found), contact, usage

    async def _read(self, gathered: Gathered, kept: Kept) -> tuple[Seen, list[ModelUsageRecord]]:
        """One file: its text layer where it has one, else through the model's eyes."""
        if kept.media_type.startswith("video/"):
            return Seen(outcome="unsupported"), []
        if pictures.is_pdf(kept.content):
            rows = await asyncio.to_thread(text_layer.rows, kept.content)
            if lines := text_layer.priced_lines(rows):
                return Seen(outcome="lines", lines=lines, read_by=TEXT_LAYER), []
        pages = await asyncio.to_thread(pictures.pages, kept.content)
        if not pages:
            return Seen(outcome="unsupported"), []
        if self.reader is None:
            return Seen(outcome="no_model"), []
        if not gathered.spend.allowed:
            return Seen(outcome="limited"), []
        seen, usage = await self.reader.read(pages)
        return seen or Seen(outcome="failed"), usage


def files_of(message: WhatsappMessage) -> list[Mapping[str, Any]]:
    """The files of a message that may be looked at. Stickers are mood (UX-70), sound is listened to."""
    return [
        attachment
        for attachment in message.attachments
        if attachment["type"] in ("img", "file", "video") and not attachment.get("sticker")
    ]


def together(found: Sequence[Seen]) -> Seen:
    """One outcome of several files: those with lines speak for all, their lines one after another (UX-68)."""
    useful = [seen for seen in found if seen.outcome == "lines"] or [
        seen for seen in found if seen.outcome == "receipt"
    ]
    first = useful[0] if useful else min(found, key=lambda seen: _WEIGHT.index(seen.outcome))
    return first.model_copy(
        update={
            "lines": [line for seen in useful for line in seen.lines],
            "keys": [key for seen in found for key in seen.keys],
        }
    )


_WEIGHT = ("lines", "receipt", "contact", "limited", "no_model", "failed", "site", "unsupported", "nothing", "lost")


def _is_card(attachment: Mapping[str, Any], kept: Kept) -> bool:
    name = str(attachment.get("filename") or "").lower()
    return kept.media_type in _CARDS or name.endswith(".vcf") or kept.content[:11].upper() == b"BEGIN:VCARD"
