"""The artisan's phone in these tests, and the ear of the process that answers it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from agent.listening import Listener
from agent.turn import TurnSettings, run_turn
from agent.understanding.grammar.engine import GrammarUnderstander
from db.models import (
    ModelUsage,
    Organization,
    Outbox,
    QuoteItem,
    SystemLog,
    User,
    VoiceTranscription,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)
from db.models.base import new_id
from db.session import Database
from services.messaging.channel import Download
from services.messaging.channel_errors import ChannelError
from services.storage.service import Storage
from services.transcription.port import Transcriber


async def new_chat(
    database: Database, organization: Organization, artisan: User, account: WhatsappAccount
) -> WhatsappChat:
    chat = WhatsappChat(
        id=new_id(),
        organization_id=organization.id,
        account_id=account.id,
        user_id=artisan.id,
        provider_chat_id=f"chat-{artisan.id}",
        purpose="command",
    )
    async with database.system() as session:
        session.add(chat)
    return chat


@dataclass
class Provider:
    """The part of the channel that listening uses: files by message, or the failure that is ordered."""

    files: dict[str, bytes] = field(default_factory=dict)
    failure: ChannelError | None = None
    downloads: int = 0

    async def download(self, message_ref: str, attachment_ref: str) -> Download:
        self.downloads += 1
        if self.failure is not None:
            raise self.failure
        return Download(self.files[message_ref], "audio/ogg")


@dataclass
class Phone:
    """Messages of one artisan are put where the webhook would put them; turns are run as the job runs them."""

    database: Database
    organization: Organization
    artisan: User
    chat: WhatsappChat
    recogniser: Transcriber
    folder: Path
    provider: Provider = field(default_factory=Provider)

    @property
    def storage(self) -> Storage:
        return Storage(str(self.folder / "files"))

    @property
    def listener(self) -> Listener:
        channel: Any = self.provider
        return Listener(self.recogniser, lambda provider: channel, self.storage)

    @property
    def deaf(self) -> Listener:
        """The ear of an installation without a recogniser."""
        return replace(self.listener, transcriber=None)

    async def speaks(self, content: bytes, *, ago: timedelta = timedelta(0), forwarded: bool = False) -> UUID:
        """A voice note arrives."""
        message_id, ref = new_id(), f"voice-{new_id()}"
        self.provider.files[ref] = content
        attachment = {"id": "att-1", "type": "audio", "voice_note": True, "mimetype": "audio/ogg", "sticker": False}
        await self._arrives(message_id, ref, ago, type="audio", attachments=[attachment], is_forwarded=forwarded)
        return message_id

    async def prefers(self, language: str) -> None:
        """The artisan is a speaker of this language."""
        async with self.database.system() as session:
            await session.execute(update(User).where(User.id == self.artisan.id).values(preferred_language=language))

    async def writes(self, text: str) -> UUID:
        """A typed message arrives."""
        message_id = new_id()
        await self._arrives(message_id, f"text-{message_id}", timedelta(0), type="text", text=text)
        return message_id

    async def _arrives(self, message_id: UUID, ref: str, ago: timedelta, **values: Any) -> None:
        now = datetime.now(UTC)
        message = WhatsappMessage(
            id=message_id,
            organization_id=self.organization.id,
            account_id=self.chat.account_id,
            chat_id=self.chat.id,
            user_id=self.artisan.id,
            provider_message_id=ref,
            direction="inbound",
            sent_at=now - ago,
            received_at=now - ago,
            processing_status="queued",
            **values,
        )
        async with self.database.system() as session:
            session.add(message)

    async def turn(self, listener: Listener | None = None) -> list[str]:
        """One turn of all that waits; what the artisan is told."""
        before = len(await self.told())
        step = (listener or self.listener).prepare
        settings = TurnSettings(0, 0)
        await run_turn(
            self.database, GrammarUnderstander(), settings, self.organization.id, self.chat.id, preparation=(step,)
        )
        return (await self.told())[before:]

    async def told(self) -> list[str]:
        async with self.database.system() as session:
            query = select(Outbox.body).where(Outbox.chat_id == self.chat.id).order_by(Outbox.seq)
            return [body or "" for body in (await session.scalars(query)).all()]

    async def record(self, message_id: UUID) -> VoiceTranscription:
        async with self.database.system() as session:
            query = select(VoiceTranscription).where(VoiceTranscription.message_id == message_id)
            return (await session.scalars(query)).one()

    async def message(self, message_id: UUID) -> WhatsappMessage:
        async with self.database.system() as session:
            found = await session.get(WhatsappMessage, message_id)
            assert found is not None
            return found

    async def rows(self, model: Any) -> list[Any]:
        """Rows of this company."""
        async with self.database.system() as session:
            return list(await session.scalars(select(model).where(model.organization_id == self.organization.id)))

    async def lines(self) -> list[QuoteItem]:
        return sorted(await self.rows(QuoteItem), key=lambda item: item.position)

    async def usage(self) -> list[ModelUsage]:
        return await self.rows(ModelUsage)

    async def logs(self) -> list[str]:
        return [log.event for log in await self.rows(SystemLog)]

    async def change(self, message_id: UUID, **values: Any) -> None:
        """Sets columns of a note's record."""
        async with self.database.system() as session:
            await session.execute(
                update(VoiceTranscription).where(VoiceTranscription.message_id == message_id).values(**values)
            )
