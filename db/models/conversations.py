"""Workflow runs, one row per turn, and the use of language models (G07)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json, JsonList, Owned
from db.models.encrypted import EncryptedJson, EncryptedText


class Conversation(Identified, Owned, Base):
    """A workflow run in a command chat; one active run per chat (R089–R095, C02). Its id names the LangGraph thread."""

    __tablename__ = "conversations"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_chats.id", ondelete="CASCADE"))
    workflow: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    current_step: Mapped[str] = mapped_column(server_default="initiated")
    awaiting: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="fr")
    context_data: Mapped[Json] = mapped_column(server_default="{}")
    document_kind: Mapped[str | None]
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id", ondelete="SET NULL", use_alter=True))
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id", ondelete="SET NULL", use_alter=True))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id", ondelete="SET NULL"))
    retry_count: Mapped[int] = mapped_column(server_default="0")
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """The member of the office who looks after it."""
    tags: Mapped[JsonList] = mapped_column(server_default="[]")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_interaction_at: Mapped[datetime] = mapped_column(server_default=func.now())
    completed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("workflow in ('quote', 'invoice', 'client', 'company', 'ask')", name="workflow"),
        CheckConstraint("status in ('active', 'completed', 'abandoned', 'error', 'handed_over')", name="status"),
        Index("uq_conversations_active", "chat_id", unique=True, postgresql_where=text("status = 'active'")),
        Index("ix_conversations_chat_id_status", "chat_id", "status"),
        Index("ix_conversations_organization_id_started_at", "organization_id", "started_at"),
        Index("ix_conversations_last_interaction_at", "status", "last_interaction_at"),
        Index("ix_conversations_organization_id_last_interaction_at", "organization_id", "last_interaction_at", "id"),
    )


class ConversationNote(Identified, Owned, Base):
    """What the office notes down beside a run; the artisan never sees it. ``author`` is the name at that time."""

    __tablename__ = "conversation_notes"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author: Mapped[str]
    text: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("ix_conversation_notes_conversation_id", "conversation_id"),)


class Turn(Identified, Owned, Base):
    """One turn as it happened: the words, the reading, the tool calls, what was awaited before and after."""

    __tablename__ = "turns"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    """The first run that it worked on."""
    conversation_ids: Mapped[JsonList] = mapped_column(server_default="[]")
    """All runs that it worked on: one burst of messages may be about several."""
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_chats.id", ondelete="CASCADE"))
    message_ids: Mapped[JsonList]
    text: Mapped[str] = mapped_column(EncryptedText)
    language: Mapped[str]
    understander: Mapped[str]
    reading: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    tool_calls: Mapped[list[Any]] = mapped_column(EncryptedJson, server_default="[]")
    awaiting_before: Mapped[str | None]
    awaiting_after: Mapped[str | None]
    ungrounded_numbers: Mapped[int] = mapped_column(server_default="0")
    prompt_hash: Mapped[str | None]
    """Fingerprint of the prompt and tool schemas that a model was given; None when no model was asked."""
    sentences: Mapped[JsonList] = mapped_column(server_default="[]")
    """Sentences that were said, each "language/file.macro@fingerprint"."""
    understand_ms: Mapped[int] = mapped_column(server_default="0")
    total_ms: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        Index("ix_turns_conversation_id", "conversation_id"),
        Index(
            "ix_turns_conversation_ids",
            "conversation_ids",
            postgresql_using="gin",
            postgresql_ops={"conversation_ids": "jsonb_path_ops"},
        ),
        Index("ix_turns_chat_id_created_at", "chat_id", "created_at"),
    )


class ModelUsage(Identified, Owned, Base):
    """One call of a language model: who answered, tokens, price in EUR, how it ended (R175)."""

    __tablename__ = "model_usage"

    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    turn_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"))
    """The turn that it was made for; None for what no turn asked, such as a photo looked at or a voice note heard."""
    purpose: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    outcome: Mapped[str]
    input_tokens: Mapped[int] = mapped_column(server_default="0")
    cached_tokens: Mapped[int] = mapped_column(server_default="0")
    output_tokens: Mapped[int] = mapped_column(server_default="0")
    cost_eur: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    milliseconds: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        Index("ix_model_usage_organization_id_created_at", "organization_id", "created_at"),
        Index("ix_model_usage_turn_id", "turn_id"),
    )
