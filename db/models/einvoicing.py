"""What became of invoices on an approved platform, and what is to be reported to the tax office (legal.md §11)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json, Money, Owned


class EinvoiceSubmission(Identified, Owned, Base):
    """An invoice given to a platform: its flow there and the exact bytes sent, by their SHA-256 (XP Z12-013)."""

    __tablename__ = "einvoice_submissions"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    platform: Mapped[str]
    format: Mapped[str]
    sha256: Mapped[str]
    flow_id: Mapped[str | None]
    tracking_id: Mapped[str]
    """Ours, sent along: a second try with the same one is the same flow."""
    status_code: Mapped[int | None]
    """The last lifecycle status (200 deposited … 213 rejected)."""
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    acknowledged_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("format in ('factur-x', 'ubl', 'cii')", name="format"),
        UniqueConstraint("organization_id", "tracking_id"),
        Index("ix_einvoice_submissions_invoice_id", "invoice_id"),
        Index("ix_einvoice_submissions_flow_id", "flow_id"),
    )


class EinvoiceStatus(Identified, Owned, Base):
    """One lifecycle status of an invoice, as the platform told it; append-only history (legal.md 69)."""

    __tablename__ = "einvoice_statuses"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("einvoice_submissions.id", ondelete="RESTRICT"))
    code: Mapped[int]
    direction: Mapped[str]
    """"in" from the platform, "out" told by us (212 collected)."""
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    occurred_at: Mapped[datetime]
    details: Mapped[Json] = mapped_column(server_default="{}")
    provider_status_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("direction in ('in', 'out')", name="direction"),
        UniqueConstraint("organization_id", "provider_status_id"),
        Index("ix_einvoice_statuses_invoice_id_occurred_at", "invoice_id", "occurred_at"),
    )


class EreportingEntry(Identified, Owned, Base):
    """A row prepared for e-reporting: sales to consumers or abroad, or payments of services, per day and rate (legal.md 70)."""

    __tablename__ = "ereporting_entries"

    flow: Mapped[str]
    day: Mapped[date]
    document_id: Mapped[UUID]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    category: Mapped[str]
    """TLB1 goods, TPS1 services, TNT1 untaxed, TMA1 margin scheme."""
    vat_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    base: Mapped[Money]
    vat: Mapped[Money]
    transmitted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("flow in ('transactions', 'payments')", name="flow"),
        Index("ix_ereporting_entries_organization_id_day", "organization_id", "day"),
        Index("ix_ereporting_entries_document_id", "document_id"),
    )
