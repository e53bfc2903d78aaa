"""The log of WhatsApp sessions (R029)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json


class SessionEvent(Identified, Base):
    """What happened to a WhatsApp session: the change of state, what caused it and who acted.

    ``event_type`` is connected, disconnected, error, qr_generated, connecting, authenticating, created, changed,
    removed, reconnect_failed, told, or refused for a transition that the state machine does not have.
    """

    __tablename__ = "whatsapp_session_events"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("whatsapp_accounts.id", ondelete="CASCADE"))
    event_type: Mapped[str]
    cause: Mapped[str]
    actor: Mapped[str]
    from_status: Mapped[str]
    to_status: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str | None]
    event_data: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("actor in ('provider', 'artisan', 'admin', 'system')", name="actor"),
        CheckConstraint("severity in ('info', 'warning', 'error', 'critical')", name="severity"),
        Index("ix_whatsapp_session_events_account_id_created_at", "account_id", "created_at"),
        Index("ix_whatsapp_session_events_organization_id_created_at", "organization_id", "created_at"),
        Index("ix_whatsapp_session_events_created_at", "created_at"),
        Index("ix_whatsapp_session_events_event_type", "event_type"),
    )
