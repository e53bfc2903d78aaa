"""WhatsApp accounts, chats and messages, raw webhook bodies and the outbox (G02–G05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json, JsonList, Timestamped
from db.models.encrypted import EncryptedBytes, EncryptedJson, EncryptedMembers, EncryptedText

Provider = Literal["unipile", "chatwoot"]
"""Who connects an account: the messaging services that this product speaks with (C20)."""


class WhatsappAccount(Identified, Timestamped, Base):
    """A WhatsApp number connected at the provider. Assistant numbers belong to the platform: no organization (C01).

    ``provider_account_id`` is "new:…" while the provider has none for it; ``status`` moves only as
    ``services.sessions.states`` says.
    """

    __tablename__ = "whatsapp_accounts"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kind: Mapped[str]
    provider: Mapped[Provider] = mapped_column(String, server_default="unipile")
    provider_account_id: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(server_default="disconnected")
    status_since: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    connection_params: Mapped[dict[str, Any]] = mapped_column(EncryptedJson, server_default="{}")
    connected_at: Mapped[datetime | None]
    disconnected_at: Mapped[datetime | None]
    error_count: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    last_error_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")
    """False once removed: the number is unlinked, its chats stay (R023)."""
    auto_reconnect: Mapped[bool] = mapped_column(server_default="true")
    needs_scan: Mapped[bool] = mapped_column(server_default="false")
    """The provider wants its code scanned: trying again without a person is of no use."""
    reconnect_attempts: Mapped[int] = mapped_column(server_default="0")
    next_check_at: Mapped[datetime | None]
    """When the session is looked after next (``services.sessions.schedule``)."""
    outage_told_at: Mapped[datetime | None]
    """When the owner was told of the outage under way; None between outages (UX-83)."""
    qr_code: Mapped[str | None] = mapped_column(EncryptedText)
    qr_generated_at: Mapped[datetime | None]
    qr_expires_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind in ('assistant', 'artisan')", name="kind"),
        CheckConstraint("provider in ('unipile', 'chatwoot')", name="provider"),
        CheckConstraint(
            "status in ('disconnected', 'connecting', 'qr_ready', 'authenticating', 'connected', 'failed', 'banned')",
            name="status",
        ),
        CheckConstraint("kind = 'assistant' or organization_id is not null", name="artisan_is_owned"),
        Index("ix_whatsapp_accounts_organization_id_status", "organization_id", "status"),
        Index("ix_whatsapp_accounts_next_check_at", "next_check_at"),
    )


class WhatsappChat(Identified, Timestamped, Base):
    """A thread. ``purpose`` says whether orders may come from it; unknown senders have no organization (C01, C02, C39)."""

    __tablename__ = "whatsapp_chats"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id", ondelete="SET NULL"))
    provider_chat_id: Mapped[str]
    purpose: Mapped[str]
    type: Mapped[int] = mapped_column(server_default="0")
    name: Mapped[str | None]
    attendee_provider_id: Mapped[str | None]
    attendee_phone: Mapped[str | None]
    last_message_at: Mapped[datetime | None]
    unread_count: Mapped[int] = mapped_column(server_default="0")
    archived: Mapped[bool] = mapped_column(server_default="false")
    muted_until: Mapped[datetime | None]
    inbox_status: Mapped[str] = mapped_column(server_default="open")
    bot_paused: Mapped[bool] = mapped_column(server_default="false")
    synced_until: Mapped[datetime | None]
    """Provider's time of the newest message that a look through the chat has seen (C40)."""
    onboarded_at: Mapped[datetime | None]
    """When a stranger was last told what this number is (C39)."""
    paused_until: Mapped[datetime | None]
    """Until when nothing automatic is said in a customer's chat, because the artisan wrote there himself (UX-87)."""
    braked_until: Mapped[datetime | None]
    """Until when turns wait because its phone writes without end (``agent.brake``)."""

    __table_args__ = (
        UniqueConstraint("account_id", "provider_chat_id"),
        CheckConstraint("purpose in ('command', 'customer', 'group', 'unknown')", name="purpose"),
        CheckConstraint(
            "purpose <> 'command' or (user_id is not null and organization_id is not null)", name="command"
        ),
        Index("ix_whatsapp_chats_organization_id_last_message_at", "organization_id", "last_message_at"),
        Index("ix_whatsapp_chats_attendee_phone", "attendee_phone"),
        Index("ix_whatsapp_chats_paused_until", "paused_until", postgresql_where=sql("paused_until is not null")),
    )


CLEAR_DETAILS = (
    "attendee_id", "placeholder", "history", "stale", "read_again", "reactions", "conversation_status", "seen.outcome",
)  # fmt: skip
"""What stays readable in a message's details because queries look at it. None of it is what somebody said."""


class WhatsappMessage(Identified, Base):
    """A message in or out. Times are the provider's (``sent_at``) and ours (``received_at``) (R069–R073, C49)."""

    __tablename__ = "whatsapp_messages"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"))
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_chats.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    outbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL", use_alter=True))
    provider_message_id: Mapped[str]
    provider_wire_id: Mapped[str | None]
    direction: Mapped[str]
    type: Mapped[str] = mapped_column(server_default="text")
    text: Mapped[str | None] = mapped_column(EncryptedText)
    transcription: Mapped[str | None] = mapped_column(EncryptedText)
    transcription_language: Mapped[str | None]
    attachments: Mapped[JsonList] = mapped_column(server_default="[]")
    quoted: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson)
    is_forwarded: Mapped[bool] = mapped_column(server_default="false")
    is_from_bot: Mapped[bool] = mapped_column(server_default="false")
    sender_id: Mapped[str | None]
    sender_name: Mapped[str | None]
    sender_phone: Mapped[str | None]
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    processing_status: Mapped[str] = mapped_column(server_default="received")
    processed_at: Mapped[datetime | None]
    prepared_at: Mapped[datetime | None]
    """When its sound and pictures were made ready for a turn: listened to, looked at, or given up."""
    error_message: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(EncryptedMembers(CLEAR_DETAILS), server_default="{}")
    provenance: Mapped[Json] = mapped_column(server_default="{}")
    """How our message came about, or theirs was read: turn, understander, model, tokens, prompt fingerprints (R061)."""

    __table_args__ = (
        UniqueConstraint("account_id", "provider_message_id"),
        CheckConstraint("direction in ('inbound', 'outbound')", name="direction"),
        CheckConstraint(
            "processing_status in ('received', 'queued', 'processed', 'ignored', 'error')", name="processing_status"
        ),
        Index("ix_whatsapp_messages_chat_id_sent_at", "chat_id", sql("sent_at desc")),
        Index("ix_whatsapp_messages_organization_id_sent_at", "organization_id", "sent_at"),
        Index("ix_whatsapp_messages_conversation_id", "conversation_id"),
        Index("ix_whatsapp_messages_outbox_id", "outbox_id", postgresql_where=sql("outbox_id is not null")),
        Index(
            "ix_whatsapp_messages_waiting",
            "chat_id",
            "sent_at",
            postgresql_where=sql("processing_status = 'queued'"),
        ),
    )


class WebhookEvent(Identified, Base):
    """The raw body of every webhook call, kept whatever it contains; ``outcome`` says what became of it."""

    __tablename__ = "webhook_events"

    source: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    headers: Mapped[Json] = mapped_column(server_default="{}")
    body: Mapped[bytes] = mapped_column(EncryptedBytes)
    event: Mapped[str | None]
    outcome: Mapped[str]
    error: Mapped[str | None]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_messages.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_webhook_events_received_at", "received_at"),)


class Outbox(Identified, Base):
    """What must leave, exactly once. A row for a client needs an approval of that version to send (DESIGN §7)."""

    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"))
    chat_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_chats.id", ondelete="CASCADE"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    recipient: Mapped[str]
    channel: Mapped[str] = mapped_column(server_default="whatsapp")
    to_phone: Mapped[str | None]
    to_email: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="text")
    body: Mapped[str | None] = mapped_column(EncryptedText)
    attachment_key: Mapped[str | None]
    filename: Mapped[str | None]
    media_type: Mapped[str | None]
    choices: Mapped[JsonList] = mapped_column(server_default="[]")
    """Answers that the message asks for, in order; where a channel has buttons they can be tapped (UX-53)."""
    document_kind: Mapped[str | None]
    document_id: Mapped[UUID | None]
    document_version: Mapped[int | None]
    approval_id: Mapped[UUID | None]
    approval_kind: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="queued")
    not_before: Mapped[datetime | None]
    pace: Mapped[str | None]
    """How it was paced: "reply", "known" or "new" (services/messaging/pacing.py); None before delivery saw it."""
    slot_at: Mapped[datetime | None]
    """The moment that pacing reserved for it among the messages of its account."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    provider_message_id: Mapped[str | None]
    provenance: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    sending_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    revoke_asked_at: Mapped[datetime | None]
    """When its artisan wanted it back although it had left."""
    unacknowledged_told: Mapped[int] = mapped_column(server_default="0")
    """How often the artisan was told that his client's copy is not delivered yet: 0, 1 or 2 times (UX-78)."""
    told_read_at: Mapped[datetime | None]
    """When the artisan was told that his client has opened it, if he wants to be."""

    __table_args__ = (
        CheckConstraint("recipient in ('artisan', 'client', 'stranger')", name="recipient"),
        CheckConstraint(
            "recipient <> 'stranger' or (organization_id is null and kind = 'text' and channel = 'whatsapp' "
            "and to_phone is null and attachment_key is null and document_id is null and conversation_id is null)",
            name="stranger_gets_words",
        ),
        CheckConstraint("channel = 'whatsapp' or channel = 'email' and to_email is not null", name="channel"),
        CheckConstraint("kind in ('text', 'document', 'audio')", name="kind"),
        CheckConstraint(
            "status in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'revoked')",
            name="status",
        ),
        CheckConstraint(
            "recipient <> 'client' or (approval_id is not null and approval_kind is not null "
            "and approval_kind = 'send' and document_id is not null and document_version is not null "
            "and organization_id is not null)",
            name="client_needs_approval",
        ),
        ForeignKeyConstraint(
            ["approval_id", "organization_id", "document_id", "document_version", "approval_kind"],
            [
                "approvals.id",
                "approvals.organization_id",
                "approvals.document_id",
                "approvals.version",
                "approvals.kind",
            ],
            name="fk_outbox_approval",
        ),
        Index("ix_outbox_chat_id_seq", "chat_id", "seq"),
        Index("ix_outbox_waiting", "status", "not_before", postgresql_where=sql("status in ('queued', 'sending')")),
        Index("ix_outbox_organization_id_created_at", "organization_id", "created_at"),
        CheckConstraint("pace in ('reply', 'known', 'new')", name="pace"),
        Index(
            "ix_outbox_paced", "account_id", "sending_at", "slot_at", postgresql_where=sql("pace in ('known', 'new')")
        ),
    )


class UnreachablePhone(Base):
    """A client's phone that WhatsApp refused, so that the next send asks instead of failing again (S4-151)."""

    __tablename__ = "unreachable_phones"

    phone: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )
    why: Mapped[str]
    since: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (CheckConstraint("why in ('invalid_recipient', 'blocked')", name="why"),)


class SendingPace(Timestamped, Base):
    """How fast an account may write of its own accord: where it stands, and what an admin set differently (C31).

    A null figure means the one of the table in ``services/messaging/pacing.py``. Gaps are seconds.
    """

    __tablename__ = "sending_paces"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    shortest_gap: Mapped[float | None]
    longest_gap: Mapped[float | None]
    daily_limit: Mapped[int | None]
    daily_new_limit: Mapped[int | None]
    last_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("shortest_gap >= 0 and longest_gap >= shortest_gap", name="gaps"),
        CheckConstraint("daily_limit >= 0 and daily_new_limit >= 0", name="limits"),
    )


class DeliveryStatus(Base):
    """A step of a message that left, kept by the database with every change of ``outbox.status`` (R054).

    Receipts carry the provider's time in ``at``. ``outbox_id`` names what we sent, ``message_id`` what a person typed.
    """

    __tablename__ = "delivery_statuses"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    outbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_messages.id", ondelete="CASCADE"))
    status: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint(
            "status in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'revoked')",
            name="status",
        ),
        CheckConstraint("num_nonnulls(outbox_id, message_id) = 1", name="of_something"),
        Index("ix_delivery_statuses_outbox_id", "outbox_id"),
        Index("ix_delivery_statuses_organization_id", "organization_id"),
        Index(
            "uq_delivery_statuses_once",
            sql("coalesce(outbox_id, message_id)"),
            "status",
            unique=True,
            postgresql_where=sql("status in ('sent', 'delivered', 'read')"),
        ),
    )
