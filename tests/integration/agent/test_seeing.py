"""Looking at files: no connection is held meanwhile, a file is fetched once, what cannot be fetched or read is said."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from agent.remarks import unread
from agent.seeing import Looker
from agent.understanding.pictures import PictureReader
from agent.understanding.usage import ModelUsageRecord
from db.models import Outbox, User, WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.session import Database
from services.attachments.schemas import Seen, SeenLine, seen_of
from services.messaging.channel import Download
from services.messaging.channel_errors import NotFound, Unavailable
from services.storage.service import Storage

LINES = Seen(outcome="lines", lines=[SeenLine(description="Peinture", quantity=Decimal(12), unit_price=Decimal(18))])


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(stream, "JPEG")
    return stream.getvalue()


@dataclass
class Reader:
    """Says that the picture shows one line, and notes how many connections were held meanwhile."""

    database: Database
    held: list[int] = field(default_factory=list)

    async def read(self, pages: Sequence[bytes]) -> tuple[Seen | None, list[ModelUsageRecord]]:
        self.held.append(cast(QueuePool, self.database.engine.pool).checkedout())
        return LINES, [ModelUsageRecord("host", "eyes", "ok", 5, input_tokens=900, purpose="picture")]


@dataclass
class Channel:
    error: Exception | None = None
    asked: int = 0

    async def download(self, message_ref: str, attachment_ref: str) -> Download:
        self.asked += 1
        if self.error:
            raise self.error
        return Download(picture(), "image/jpeg")


@dataclass
class Scene:
    """A chat with messages that carry files."""

    database: Database
    chat: WhatsappChat
    artisan: User
    files: Storage
    allowed: bool = True

    async def message(self, **attachment: Any) -> WhatsappMessage:
        row = WhatsappMessage(
            id=new_id(),
            organization_id=self.artisan.organization_id,
            account_id=self.chat.account_id,
            chat_id=self.chat.id,
            provider_message_id=str(new_id()),
            direction="inbound",
            type="image",
            is_forwarded=False,
            attachments=[{"id": str(new_id()), "type": "img", "mimetype": "image/jpeg", **attachment}],
            details={"attendee_id": "att"},
            sent_at=datetime.now(UTC),
        )
        async with self.database.system() as session:
            session.add(row)
        return row

    async def look(self, message: WhatsappMessage, channel: Channel, reader: Reader | None) -> Seen:
        looker = Looker(cast(PictureReader, reader), lambda _: cast(Any, channel), self.files)
        await looker.prepare(self.database, cast(Any, self.gathered([message])), [message])
        async with self.database.system() as session:
            row = await session.get(WhatsappMessage, message.id)
        assert row is not None and row.details["attendee_id"] == "att"
        message.details = row.details
        seen = seen_of(row.details)
        assert seen is not None
        return seen

    def gathered(self, messages: list[WhatsappMessage]) -> SimpleNamespace:
        return SimpleNamespace(
            organization=SimpleNamespace(id=self.artisan.organization_id),
            chat=self.chat,
            user=self.artisan,
            spend=SimpleNamespace(allowed=self.allowed, month_over=False),
            messages=messages,
            run=None,
            notes={},
            slips={},
            text="",
        )


@pytest.fixture
async def scene(
    database_url: str, database: Database, artisan: User, assistant_account: WhatsappAccount, tmp_path: Path
):
    chat = WhatsappChat(
        id=new_id(),
        organization_id=artisan.organization_id,
        account_id=assistant_account.id,
        user_id=artisan.id,
        provider_chat_id=f"chat-{artisan.id}",
        purpose="command",
    )
    async with database.system() as session:
        session.add(chat)
    own = Database(database_url, pool_size=1)
    yield Scene(own, chat, artisan, Storage(str(tmp_path)))
    await own.close()


async def test_no_connection_is_held_while_a_model_looks(scene: Scene) -> None:
    reader, channel = Reader(scene.database), Channel()
    message = await scene.message()
    seen = await scene.look(message, channel, reader)
    assert reader.held == [0]
    assert seen.lines == LINES.lines
    assert await scene.files.get(seen.keys[0]) == picture()
    await scene.look(message, channel, reader)
    assert channel.asked == 1, "the second look takes the file from the cache"


@pytest.mark.parametrize(
    ("error", "outcome"), [(NotFound("gone"), "lost"), (Unavailable("down"), "failed"), (None, "no_model")]
)
async def test_a_file_that_cannot_be_looked_at(scene: Scene, error: Exception | None, outcome: str) -> None:
    seen = await scene.look(await scene.message(), Channel(error), None)
    assert seen.outcome == outcome


async def test_the_days_money_is_spent(scene: Scene) -> None:
    scene.allowed = False
    reader = Reader(scene.database)
    assert (await scene.look(await scene.message(), Channel(), reader)).outcome == "limited"
    assert reader.held == []


async def test_a_store_in_trouble_costs_the_cache_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*args: Any) -> None:
        raise ConnectionError("down")

    monkeypatch.setattr(scene.files, "read", down)
    monkeypatch.setattr(scene.files, "put", down)
    seen = await scene.look(await scene.message(), Channel(), Reader(scene.database))
    assert (seen.outcome, seen.keys) == ("lines", [])


async def test_stickers_and_sound_are_not_its_business(scene: Scene) -> None:
    channel = Channel()
    for attachment in ({"sticker": True}, {"type": "audio"}):
        message = await scene.message(**attachment)
        looker = Looker(None, lambda _: cast(Any, channel), scene.files)
        await looker.prepare(scene.database, cast(Any, scene.gathered([message])), [message])
    assert channel.asked == 0


@pytest.mark.parametrize(("patience", "told"), [(0.0, 1), (60.0, 0)])
async def test_whoever_waits_long_is_told_once(scene: Scene, database: Database, patience: float, told: int) -> None:
    async def lines() -> int:
        async with database.system() as session:
            said = (await session.scalars(select(Outbox.body).where(Outbox.chat_id == scene.chat.id))).all()
            return said.count("Je lis la photo…")

    class Slow(Reader):
        async def read(self, pages: Sequence[bytes]) -> tuple[Seen | None, list[ModelUsageRecord]]:
            for _ in range(500 if told else 1):
                if await lines():
                    break
                await asyncio.sleep(0.02)
            return await super().read(pages)

    message = await scene.message()
    looker = Looker(
        cast(PictureReader, Slow(scene.database)), lambda _: cast(Any, Channel()), scene.files, patience=patience
    )
    await looker.prepare(scene.database, cast(Any, scene.gathered([message])), [message])
    assert await lines() == told


@pytest.mark.parametrize("language", ["fr", "tr"])
@pytest.mark.parametrize(
    "outcome", ["receipt", "site", "nothing", "no_model", "limited", "failed", "lost", "unsupported"]
)
async def test_every_outcome_has_its_sentence(scene: Scene, language: str, outcome: Any) -> None:
    seen = Seen(outcome=outcome, supplier="POINT P", total=Decimal("65.00"), lines=LINES.lines)
    message = WhatsappMessage(details={"seen": seen.model_dump(mode="json")}, is_forwarded=False, type="image")
    scene.artisan.preferred_language = language
    (sentence,) = unread(cast(Any, scene.gathered([message])))
    assert 10 < len(sentence) < 200
