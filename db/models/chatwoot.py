"""People who write through a shared inbox, and what a team or an artisan notes down without asking for an answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Owned
from db.models.encrypted import EncryptedText


class ChannelContact(Identified, Base):
    """The other side of a conversation of a shared inbox, and the artisan it is: by phone, or by an admin's word (R263)."""

    __tablename__ = "channel_contacts"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"))
    contact_ref: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str | None]
    phone: Mapped[str | None]
    """E.164, when WhatsApp vouches for it."""
    told_phone: Mapped[str | None]
    """A number on the contact's card, which anybody may have typed: shown, never trusted."""
    channel: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="unmapped")
    mapped_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("account_id", "contact_ref"),
        CheckConstraint("status in ('unmapped', 'mapped', 'ignored')", name="status"),
        CheckConstraint("status <> 'mapped' or (user_id is not null and organization_id is not null)", name="mapped"),
        Index("ix_channel_contacts_status_last_seen_at", "status", "last_seen_at"),
    )


class ChannelCursor(Base):
    """How far the messages of a conversation were looked through, since webhooks may be lost (chatwoot.md §1)."""

    __tablename__ = "channel_cursors"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"), primary_key=True)
    chat_ref: Mapped[str] = mapped_column(primary_key=True)
    message_ref: Mapped[int] = mapped_column(BigInteger)
    """The provider's number of the last message that was looked at."""
    active_at: Mapped[datetime]
    """The conversation's last activity, as the provider told it."""


class SiteNote(Identified, Owned, Base):
    """Something to remember about a site or a client, written down without an answer (U15, R184)."""

    __tablename__ = "site_notes"

    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id", ondelete="SET NULL"))
    chat_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_chats.id", ondelete="SET NULL"))
    author_kind: Mapped[str]
    author: Mapped[str | None]
    text: Mapped[str] = mapped_column(EncryptedText)
    source_ref: Mapped[str]
    """The message that carries it: the same message is noted once."""
    noted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    used_at: Mapped[datetime | None]
    """When it went into a document."""

    __table_args__ = (
        UniqueConstraint("organization_id", "source_ref"),
        CheckConstraint("author_kind in ('artisan', 'team')", name="author_kind"),
        Index("ix_site_notes_organization_id_client_id", "organization_id", "client_id"),
    )
