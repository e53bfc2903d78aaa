"""Moving everything to a new key while somebody writes, and what happens when a key is missing or a value was moved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.checkpoints import TurnCheckpointer
from db.encryption import Keyring, Unreadable, key_id_of
from db.models import (
    Consent,
    Conversation,
    ConversationNote,
    Outbox,
    SiteNote,
    Turn,
    User,
    VoiceTranscription,
    WebhookEvent,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)
from db.models.base import new_id
from db.repositories.encrypted import columns
from db.session import Database
from services.encryption.service import held, rotate

OLD, NEW = os.urandom(32), os.urandom(32)
SAID = "chez Mme Çelik, 12 m² de bavette"


def opened_with(url: str, *ids: str) -> Database:
    keys = {"old": OLD, "new": NEW}
    return Database(url, pool_size=4, keyring=lambda: Keyring({each: keys[each] for each in ids}))


@pytest.fixture
async def chat(database: Database, artisan: User, assistant_account: WhatsappAccount) -> AsyncIterator[WhatsappChat]:
    chat = WhatsappChat(
        organization_id=artisan.organization_id, account_id=assistant_account.id, user_id=artisan.id,
        provider_chat_id=str(new_id()), purpose="command",
    )  # fmt: skip
    async with database.system() as session:
        session.add(chat)
    yield chat
    async with database.system() as session:
        for table in ("whatsapp_messages", "webhook_events", "outbox", "site_notes", "langgraph.checkpoint_blobs"):
            await session.execute(text(f"delete from {table}"))
        await session.execute(text("update whatsapp_accounts set connection_params = '{}', qr_code = null"))


def message(chat: WhatsappChat, words: str, **values: Any) -> WhatsappMessage:
    return WhatsappMessage(
        organization_id=chat.organization_id, account_id=chat.account_id, chat_id=chat.id,
        provider_message_id=str(new_id()), direction="inbound", text=words, sent_at=datetime.now(UTC), **values,
    )  # fmt: skip


async def write_everything(session: AsyncSession, chat: WhatsappChat, user: User) -> list[Any]:
    """A row with words in every encrypted column."""
    tenant = {"organization_id": chat.organization_id}
    spoken = message(
        chat,
        SAID,
        transcription=SAID,
        quoted={"text": SAID},
        details={"edited_text": SAID, "seen": {"outcome": "receipt", "supplier": SAID}, "stale": "told"},
    )
    run = Conversation(**tenant, user_id=user.id, chat_id=chat.id, workflow="quote")
    session.add_all([spoken, run])
    await session.flush()
    account = await session.get_one(WhatsappAccount, chat.account_id)
    account.connection_params, account.qr_code = {"provisional": SAID}, SAID
    rows = [
        WebhookEvent(source="unipile", body=SAID.encode(), outcome="stored"),
        Outbox(**tenant, account_id=chat.account_id, chat_id=chat.id, recipient="artisan", body=SAID, status="sent"),
        ConversationNote(**tenant, conversation_id=run.id, author="Ayşe", text=SAID),
        Consent(
            **tenant, subject_kind="client", subject_id=new_id(), purpose="photos", given=True, at=datetime.now(UTC),
            channel="phone", words=SAID, recorded_by_kind="system",
        ),
        SiteNote(**tenant, author_kind="artisan", text=SAID, source_ref=str(new_id())),
        Turn(
            **tenant, conversation_id=run.id, chat_id=chat.id, message_ids=[str(spoken.id)], text=SAID, language="fr",
            understander="grammar", reading={"words": SAID}, tool_calls=[{"args": SAID}],
        ),
        VoiceTranscription(**tenant, message_id=spoken.id, outcome="heard", text=SAID, segments=[{"text": SAID}]),
    ]  # fmt: skip
    session.add_all(rows)
    await session.flush()
    return [spoken, account, *rows]


async def keep_checkpoint(session: AsyncSession, thread: str) -> None:
    checkpointer = TurnCheckpointer(None)
    config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    checkpoint: Any = {
        "v": 4, "id": str(new_id()), "ts": "", "channel_values": {"memory": {"said": SAID}, "text": SAID},
        "channel_versions": {"memory": "1", "text": "1"}, "versions_seen": {},
    }  # fmt: skip
    after = await checkpointer.aput(config, checkpoint, {}, checkpoint["channel_versions"])
    await checkpointer.aput_writes(after, [("memory", {"said": SAID})], "task")
    await checkpointer.flush(session)


async def rotated(database: Database, batch: int = 2) -> int:
    last = {each.place: each.rows async for each in rotate(database, batch)}
    return sum(last.values())


async def ids_under(database: Database) -> set[str]:
    return {each.key_id for each in await held(database)}


async def test_everything_moves_to_the_new_key_and_says_the_same(
    database: Database, database_url: str, chat: WhatsappChat, artisan: User
) -> None:
    before, both, after = (opened_with(database_url, *ids) for ids in (["old"], ["new", "old"], ["new"]))
    thread = f"{chat.organization_id}:{new_id()}"
    try:
        async with before.system() as session:
            rows = await write_everything(session, chat, artisan)
            await keep_checkpoint(session, thread)
        assert {column.table.name for column in columns()} == {row.__tablename__ for row in rows}
        assert await ids_under(both) == {"old"}
        with pytest.raises(Unreadable, match="'old'"):
            await rotated(after)
        assert await ids_under(both) == {"old"}, "a missing key loses nothing"
        assert await rotated(both) == len(columns()) + 3
        assert await rotated(both) == 0
        assert await ids_under(after) == {"new"}
        async with after.system() as session:
            read = await session.get_one(WhatsappMessage, rows[0].id)
            assert (read.text, read.transcription, read.quoted) == (SAID, SAID, {"text": SAID})
            assert read.details == rows[0].details
            turn = (await session.scalars(select(Turn).where(Turn.chat_id == chat.id))).one()
            assert (turn.text, turn.reading, turn.tool_calls) == (SAID, {"words": SAID}, [{"args": SAID}])
            assert (await session.scalars(select(WebhookEvent.body))).one() == SAID.encode()
            loaded = (await TurnCheckpointer.load(session, thread)).loaded
            assert loaded and loaded.checkpoint["channel_values"] == {"memory": {"said": SAID}, "text": SAID}
    finally:
        for each in (before, both, after):
            await each.close()


async def test_a_writer_is_not_disturbed_and_nothing_is_left_behind(
    database: Database, database_url: str, chat: WhatsappChat
) -> None:
    old, both = opened_with(database_url, "old"), opened_with(database_url, "new", "old")
    stop = asyncio.Event()
    written: dict[UUID, str] = {}

    async def write(number: int = 0) -> None:
        while not stop.is_set():
            async with (old if number % 2 else both).system() as session:
                row = message(chat, f"ligne {number}")
                session.add(row)
                await session.flush()
                row.text = written[row.id] = f"ligne {number}, corrigée"
            number += 1

    try:
        async with old.system() as session:
            session.add_all([message(chat, f"avant {number}") for number in range(40)])
        writing = asyncio.create_task(write())
        await rotated(both, batch=7)
        stop.set()
        await writing
        await rotated(both)
        async with both.system() as session:
            found = {row.id: row.text for row in await session.scalars(select(WhatsappMessage))}
        assert written and len(found) == len(written) + 40
        assert {key: found[key] for key in written} == written
        assert {each.key_id for each in await held(both) if each.place == "whatsapp_messages.text"} == {"new"}
    finally:
        await old.close()
        await both.close()


async def test_plain_rows_are_read_and_sealed_by_the_rotation(
    database: Database, database_url: str, chat: WhatsappChat
) -> None:
    keys = opened_with(database_url, "new")
    try:
        async with keys.system() as session:
            row = message(chat, SAID)
            session.add(row)
            await session.flush()
            plain = """update whatsapp_messages set text = :said, quoted = '{"text": "a"}',
                       details = '{"contact": {"name": "b"}}'"""
            await session.execute(text(plain), {"said": SAID})
        async with keys.system() as session:
            read = await session.get_one(WhatsappMessage, row.id)
            assert (read.text, read.quoted, read.details) == (SAID, {"text": "a"}, {"contact": {"name": "b"}})
        await rotated(keys)
        assert "" not in await ids_under(keys)
        async with keys.system() as session:
            read = await session.get_one(WhatsappMessage, row.id)
            assert (read.text, read.quoted, read.details) == (SAID, {"text": "a"}, {"contact": {"name": "b"}})
    finally:
        await keys.close()


async def test_a_value_moved_to_another_row_or_column_is_refused(
    database: Database, database_url: str, chat: WhatsappChat
) -> None:
    keys = opened_with(database_url, "new")
    try:
        async with keys.system() as session:
            one, other = message(chat, "à lui"), message(chat, "à elle")
            session.add_all([one, other])
            await session.flush()
            move = "update whatsapp_messages set {} = (select text from whatsapp_messages where id = :one) where id = :other"
            for column in ("text", "transcription"):
                await session.execute(text(move.format(column)), {"one": one.id, "other": other.id})
                with pytest.raises(Unreadable, match="was sealed for whatsapp_messages"):
                    await session.scalar(select(getattr(WhatsappMessage, column)).where(WhatsappMessage.id == other.id))
            assert await session.scalar(select(WhatsappMessage.text).where(WhatsappMessage.id == one.id)) == "à lui"
            stored = await session.scalar(text("select text from whatsapp_messages where id = :id"), {"id": one.id})
            assert key_id_of(stored) == "new"
    finally:
        await keys.close()
