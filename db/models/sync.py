"""How far an account has been brought in: the import of its history, and the poll that finds what no webhook told (G03)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class AccountSync(Base):
    """One row per connected account. Messages sent up to ``history_until`` are history: they never start a turn (C40).

    ``polled_until`` is the provider's time of the last activity that a poll has seen; ``recovered`` counts the messages
    that only a poll brought.
    """

    __tablename__ = "account_syncs"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(server_default="waiting")
    history_until: Mapped[datetime]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    chats_total: Mapped[int] = mapped_column(server_default="0")
    chats_done: Mapped[int] = mapped_column(server_default="0")
    messages_found: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    polled_at: Mapped[datetime | None]
    polled_until: Mapped[datetime | None]
    poll_error: Mapped[str | None]
    recovered: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("status in ('waiting', 'running', 'done', 'failed')", name="status"),
        Index("ix_account_syncs_organization_id", "organization_id"),
    )
