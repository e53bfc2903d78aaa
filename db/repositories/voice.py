"""Queries about voice notes: what became of them, which ones wait, whose audio is still kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import InvoiceItem, QuoteItem, User, VoiceTranscription, WhatsappMessage
from db.models.base import new_id
from db.models.encrypted import cell

_SEALED = ("text", "segments")


async def records_of(
    session: AsyncSession, organization_id: UUID, message_ids: Sequence[UUID]
) -> dict[UUID, VoiceTranscription]:
    """What became of these messages' voice notes, by message."""
    query = select(VoiceTranscription).where(
        VoiceTranscription.organization_id == organization_id, VoiceTranscription.message_id.in_(message_ids)
    )
    return {record.message_id: record for record in (await session.scalars(query)).all()}


async def keep_record(session: AsyncSession, organization_id: UUID, message_id: UUID, **values: Any) -> None:
    """Writes the record of a note, over an earlier one."""
    known = await session.scalar(select(VoiceTranscription.id).where(VoiceTranscription.message_id == message_id))
    row_id = known or new_id()
    written = {name: cell(row_id, value) if name in _SEALED else value for name, value in values.items()}
    whose = {"organization_id": organization_id, "message_id": message_id}
    statement = insert(VoiceTranscription).values(id=row_id, **whose, **written)
    await session.execute(statement.on_conflict_do_update(index_elements=[VoiceTranscription.id], set_=written))


async def keep_words(
    session: AsyncSession, organization_id: UUID, message_id: UUID, words: str, language: str | None
) -> None:
    """Writes the words of a note on its message (R085)."""
    await session.execute(
        update(WhatsappMessage)
        .where(WhatsappMessage.organization_id == organization_id, WhatsappMessage.id == message_id)
        .values(transcription=cell(message_id, words), transcription_language=language)
        .execution_options(synchronize_session=False)
    )


async def get_message(session: AsyncSession, organization_id: UUID, message_id: UUID) -> WhatsappMessage | None:
    query = select(WhatsappMessage).where(
        WhatsappMessage.organization_id == organization_id, WhatsappMessage.id == message_id
    )
    return (await session.scalars(query)).one_or_none()


async def last_heard(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> str | None:
    """The words of the chat's last voice note, as the recogniser wrote them."""
    query = (
        select(VoiceTranscription.text)
        .join(WhatsappMessage, WhatsappMessage.id == VoiceTranscription.message_id)
        .where(
            VoiceTranscription.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            VoiceTranscription.text.is_not(None),
        )
        .order_by(WhatsappMessage.sent_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def recent_works(session: AsyncSession, organization_id: UUID, limit: int = 8) -> list[str]:
    """The artisan's latest designations in his own words, newest first, each once."""
    items = union_all(
        select(QuoteItem.said, QuoteItem.id).where(QuoteItem.organization_id == organization_id),
        select(InvoiceItem.said, InvoiceItem.id).where(InvoiceItem.organization_id == organization_id),
    ).subquery()
    latest = select(items.c.said).order_by(items.c.id.desc()).limit(limit * 4)
    return list(dict.fromkeys(said for said in (await session.scalars(latest)).all() if said))[:limit]


async def due_notes(session: AsyncSession, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(organization, message) of notes that wait for somebody to listen, across tenants; oldest first."""
    query = (
        select(VoiceTranscription.organization_id, VoiceTranscription.message_id)
        .where(VoiceTranscription.outcome == "waiting", VoiceTranscription.next_try_at <= now)
        .order_by(VoiceTranscription.next_try_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def postpone(session: AsyncSession, message_ids: Sequence[UUID], until: datetime) -> None:
    """Nobody else takes these notes up before then."""
    await session.execute(
        update(VoiceTranscription)
        .where(VoiceTranscription.message_id.in_(message_ids))
        .values(next_try_at=until)
        .execution_options(synchronize_session=False)
    )


async def forgettable_audio(
    session: AsyncSession, before: datetime, sure: Decimal, limit: int
) -> list[tuple[UUID, UUID, str]]:
    """(organization, message, key) of audio that is kept for too long, or for nothing, across tenants (C26).

    Too long: since ``before``. For nothing: the note was heard, and at least as well as ``sure``.
    """
    record = VoiceTranscription
    over = or_(record.created_at < before, and_(record.outcome == "heard", record.confidence >= sure))
    query = (
        select(record.organization_id, record.message_id, record.audio_key)
        .where(record.audio_key.is_not(None), over)
        .order_by(record.created_at)
        .limit(limit)
    )
    return [(row[0], row[1], row[2] or "") for row in (await session.execute(query)).all()]


async def forget_audio(session: AsyncSession, organization_id: UUID, message_id: UUID) -> None:
    """Notes that the audio of a note is gone; a note that still waited for a recogniser is given up with it."""
    record = (await records_of(session, organization_id, [message_id])).get(message_id)
    if record is None:
        return
    record.audio_key = None
    if record.outcome == "waiting":
        record.outcome, record.next_try_at, record.error = "lost", None, "kept as long as audio may be"


async def seconds_heard_since(session: AsyncSession, organization_id: UUID, since: datetime) -> Decimal:
    """Seconds of voice notes that a recogniser listened to since then, understood or not."""
    query = select(func.coalesce(func.sum(VoiceTranscription.duration_seconds), 0)).where(
        VoiceTranscription.organization_id == organization_id,
        VoiceTranscription.provider.is_not(None),
        VoiceTranscription.heard_at >= since,
    )
    return Decimal((await session.scalars(query)).one() or 0)


async def set_voice_replies(session: AsyncSession, organization_id: UUID, user_id: UUID, *, wanted: bool) -> None:
    """Whether the artisan wants recaps spoken too (UX-63)."""
    await session.execute(
        update(User)
        .where(User.organization_id == organization_id, User.id == user_id)
        .values(voice_replies=wanted, updated_at=func.now())
        .execution_options(synchronize_session=False)
    )
