"""What became of a voice note (R086)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Owned
from db.models.encrypted import EncryptedJson, EncryptedText

OUTCOMES = ("heard", "silent", "too_long", "unreadable", "unclear", "waiting", "lost")


class VoiceTranscription(Identified, Owned, Base):
    """One voice note: what was heard, how surely, by whom, at what cost; where its audio is kept, if it is (C26).

    ``waiting``: nobody could listen yet, it is tried again at ``next_try_at``. ``text`` is what the recogniser wrote; the
    message's ``transcription`` is what understanding reads. ``segments``: start and end (seconds), text, confidence.
    """

    __tablename__ = "voice_transcriptions"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_messages.id", ondelete="CASCADE"))
    outcome: Mapped[str]
    audio_key: Mapped[str | None]
    text: Mapped[str | None] = mapped_column(EncryptedText)
    language: Mapped[str | None]
    segments: Mapped[list[Any]] = mapped_column(EncryptedJson, server_default="[]")
    duration_seconds: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    provider: Mapped[str | None]
    model: Mapped[str | None]
    confidence: Mapped[Decimal | None] = mapped_column(Numeric(4, 3))
    processing_ms: Mapped[int] = mapped_column(server_default="0")
    cost_eur: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    heard_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("message_id"),
        CheckConstraint(f"outcome in ({', '.join(repr(outcome) for outcome in OUTCOMES)})", name="outcome"),
        Index("ix_voice_transcriptions_organization_id_created_at", "organization_id", "created_at"),
        Index("ix_voice_transcriptions_next_try_at", "next_try_at", postgresql_where=sql("outcome = 'waiting'")),
        Index("ix_voice_transcriptions_audio", "created_at", postgresql_where=sql("audio_key is not null")),
    )
