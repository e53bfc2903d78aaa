"""What is written down about personal data itself: consents (R250), how long it is kept (R247), who read it (R251)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json, JsonList, Owned
from db.models.encrypted import EncryptedText


class AccessEntry(Identified, Base):
    """One reading of personal data: by whom, what, from where. It outlives what it is about: no keys.

    ``resource`` is the route's pattern, ``ids`` what stood in the place of its braces; what was searched for is not kept.
    Of a file behind a link the reader is whoever was given the link, and ``ids`` name the file instead of the token.
    """

    __tablename__ = "access_log"

    organization_id: Mapped[UUID | None]
    """The company whose data it was; None for routes of the whole installation."""
    reader_kind: Mapped[str]
    reader_id: Mapped[UUID | None]
    """None for a link that a job of the house made."""
    permission: Mapped[str]
    method: Mapped[str]
    resource: Mapped[str]
    ids: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    ip_address: Mapped[str | None]
    request_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint(
            "reader_kind in ('user', 'key', 'platform', 'link') and (reader_id is not null or reader_kind = 'link')",
            name="reader_kind",
        ),
        Index("ix_access_log_organization_id_created_at", "organization_id", "created_at", "id"),
        Index("ix_access_log_created_at", "created_at"),
    )


class Consent(Identified, Owned, Base):
    """One word of a client or a member about one purpose: given or taken back, when, how, and what proves it (R250).

    Rows are only ever added; the last ``at`` of a person and purpose counts. They outlive the person's data: no keys.
    ``version`` is that of the text which was accepted, ``words`` what was said or where the paper lies.
    """

    __tablename__ = "consents"

    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    purpose: Mapped[str]
    given: Mapped[bool]
    version: Mapped[str | None]
    at: Mapped[datetime]
    channel: Mapped[str]
    message_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    words: Mapped[str | None] = mapped_column(EncryptedText)
    recorded_by_kind: Mapped[str]
    recorded_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("subject_kind in ('client', 'member')", name="subject_kind"),
        CheckConstraint(
            "purpose in ('terms', 'privacy_notice', 'messages', 'marketing', 'voice', 'photos')", name="purpose"
        ),
        CheckConstraint(
            "channel in ('registration', 'whatsapp', 'phone', 'email', 'paper', 'in_person')", name="channel"
        ),
        CheckConstraint("recorded_by_kind in ('user', 'key', 'platform', 'system')", name="recorded_by_kind"),
        Index("ix_consents_organization_id_created_at", "organization_id", "created_at", "id"),
        Index("ix_consents_subject", "organization_id", "subject_id", "purpose", "at"),
    )


class RetentionChoice(Identified, Owned, Base):
    """One version of what a company chose of the table of data classes; the highest counts, rows are only ever added.

    ``days`` are by class; what is not named is kept for the default.
    """

    __tablename__ = "retention_choices"

    version: Mapped[int]
    days: Mapped[dict[str, Any]] = mapped_column(JSONB)
    author_kind: Mapped[str]
    author_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (UniqueConstraint("organization_id", "version"), CheckConstraint("version > 0", name="version"))


class DataExport(Identified, Owned, Base):
    """Everything about a company, a client or a member, asked for and made by a job (R248).

    ``parts`` are the archives: key, size, sha256. ``counts``: rows or files by kind.
    """

    __tablename__ = "data_exports"

    scope: Mapped[str]
    subject_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default="queued")
    requested_by_kind: Mapped[str]
    requested_by: Mapped[UUID]
    rows_total: Mapped[int] = mapped_column(server_default="0")
    rows_done: Mapped[int] = mapped_column(server_default="0")
    parts: Mapped[JsonList] = mapped_column(server_default="[]")
    counts: Mapped[Json] = mapped_column(server_default="{}")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "(scope = 'tenant') = (subject_id is null) and scope in ('tenant', 'client', 'member')", name="scope"
        ),
        CheckConstraint("status in ('queued', 'running', 'done', 'failed')", name="status"),
        Index("ix_data_exports_organization_id_created_at", "organization_id", "created_at"),
    )


class Erasure(Identified, Base):
    """The erasing of a company, a client or a member: asked for, waited with, done; it outlives what it erased (R249).

    ``certificate``: rows and files deleted, reduced and kept, with reasons and until when.
    """

    __tablename__ = "erasures"

    organization_id: Mapped[UUID]
    scope: Mapped[str]
    subject_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default="scheduled")
    requested_by_kind: Mapped[str]
    requested_by: Mapped[UUID]
    due_at: Mapped[datetime]
    certificate: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "(scope = 'tenant') = (subject_id is null) and scope in ('tenant', 'client', 'member')", name="scope"
        ),
        CheckConstraint("status in ('scheduled', 'running', 'done', 'cancelled', 'failed')", name="status"),
        Index("ix_erasures_organization_id_created_at", "organization_id", "created_at"),
        Index(
            "uq_erasures_waiting",
            "organization_id",
            "scope",
            text("coalesce(subject_id, organization_id)"),
            unique=True,
            postgresql_where=text("status in ('scheduled', 'running')"),
        ),
    )
