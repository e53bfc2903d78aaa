"""Requests that create something and may be sent twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified


class IdempotencyKey(Identified, Base):
    """One request under the key its sender gave it, and its answer once there is one.

    ``organization_id`` is the company concerned, null for what creates companies. ``fingerprint`` is the hash of method,
    address and body. ``answer`` is sealed: it may show a secret that is shown once.
    """

    __tablename__ = "idempotency_keys"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    principal_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    answer: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("principal_id", "key"),
        Index("ix_idempotency_keys_organization_id", "organization_id"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )
