"""What companies pay for Usta itself: plans, subscriptions mirrored from Stripe, and the platform's own invoices (G22)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json, JsonList, Money, Owned, Timestamped


class Plan(Identified, Timestamped, Base):
    """A plan that companies subscribe to (R206). ``amount`` is EUR excl. VAT per ``interval_count`` intervals."""

    __tablename__ = "plans"

    code: Mapped[str] = mapped_column(unique=True)
    """Short name, never changed: "pro-monthly"."""
    tier: Mapped[str]
    """What it makes of ``organizations.plan``."""
    name: Mapped[str]
    description: Mapped[str | None]
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(server_default="eur")
    interval: Mapped[str] = mapped_column(server_default="month")
    interval_count: Mapped[int] = mapped_column(server_default="1")
    trial_days: Mapped[int] = mapped_column(server_default="0")
    features: Mapped[JsonList] = mapped_column(server_default="[]")
    limits: Mapped[Json] = mapped_column(server_default="{}")
    """Most of each countable thing (``services.billing.schemas.Limits``); what is not named has no limit."""
    active: Mapped[bool] = mapped_column(server_default="true")
    stripe_product_id: Mapped[str | None]
    stripe_price_id: Mapped[str | None] = mapped_column(unique=True)

    __table_args__ = (
        CheckConstraint("tier in ('FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE')", name="tier"),
        CheckConstraint("interval in ('month', 'year')", name="interval"),
        CheckConstraint("interval_count between 1 and 12", name="interval_count"),
        CheckConstraint("amount >= 0 and trial_days between 0 and 365", name="amount"),
    )


class Subscription(Identified, Owned, Base):
    """A subscription as Stripe last told it, never written by hand (R203, R207, C42)."""

    __tablename__ = "subscriptions"

    stripe_subscription_id: Mapped[str] = mapped_column(unique=True)
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id", ondelete="SET NULL"))
    status: Mapped[str]
    """Stripe's word: incomplete, incomplete_expired, trialing, active, past_due, canceled, unpaid or paused."""
    current_period_start: Mapped[datetime | None]
    current_period_end: Mapped[datetime | None]
    trial_start: Mapped[datetime | None]
    trial_end: Mapped[datetime | None]
    billing_anchor: Mapped[datetime | None]
    cancel_at_period_end: Mapped[bool] = mapped_column(server_default="false")
    cancel_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    unpaid_since: Mapped[datetime | None]
    """When the oldest invoice that waits for its payment was first tried in vain; the grace is counted from here."""
    details: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]
    """When it was made at Stripe."""
    synced_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint(
            "status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', "
            "'paused')",
            name="status",
        ),
        Index("ix_subscriptions_organization_id_created_at", "organization_id", "created_at"),
        Index("ix_subscriptions_unpaid_since", "unpaid_since", postgresql_where=text("unpaid_since is not null")),
    )


class SubscriptionInvoice(Identified, Timestamped, Base):
    """An invoice of the platform to a company; ``number`` is ours (ABO-YYYY-NNNN, C08), ``stripe_number`` Stripe's (R204).

    A row that ``credits_id`` another is the credit note of a refund, in amounts above nothing (ABO-AV-YYYY-NNNN); its
    ``stripe_invoice_id`` is the refund's.

    Kept when the company goes: the platform's own accounts need it for ten years (C. com. L123-22).
    """

    __tablename__ = "subscription_invoices"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    stripe_invoice_id: Mapped[str] = mapped_column(unique=True)
    credits_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subscription_invoices.id", ondelete="RESTRICT"), index=True
    )
    stripe_subscription_id: Mapped[str | None]
    stripe_number: Mapped[str | None]
    number: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str]
    billing_reason: Mapped[str | None]
    currency: Mapped[str]
    subtotal: Mapped[Money]
    """Excl. VAT."""
    vat_amount: Mapped[Money]
    total: Mapped[Money]
    amount_paid: Mapped[Money]
    attempts: Mapped[int] = mapped_column(server_default="0")
    lines: Mapped[JsonList] = mapped_column(server_default="[]")
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    issue_date: Mapped[date | None]
    due_date: Mapped[date | None]
    finalized_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    hosted_url: Mapped[str | None]
    """Stripe's page where it is paid."""
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The printed invoice, frozen when it gets its number."""
    pdf_key: Mapped[str | None]
    pdf_sha256: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("status in ('draft', 'open', 'paid', 'void', 'uncollectible')", name="status"),
        CheckConstraint(
            "(number is null) = (issue_date is null) and (number is null) = (snapshot is null)", name="numbered"
        ),
        Index("ix_subscription_invoices_organization_id_created_at", "organization_id", "created_at"),
    )


class PlatformCounter(Base):
    """The last number of a series of the platform in a year; its row is locked while one is given (C08)."""

    __tablename__ = "platform_counters"

    series: Mapped[str]
    year: Mapped[int]
    last_number: Mapped[int] = mapped_column(Integer, server_default="0")

    __table_args__ = (PrimaryKeyConstraint("series", "year"),)


class StripeEvent(Base):
    """An event that Stripe's webhook told of: the first of its deliveries counts, the others find it here."""

    __tablename__ = "stripe_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    customer_id: Mapped[str | None]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    deliveries: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (Index("ix_stripe_events_received_at", "received_at"),)


class BillingNotice(Identified, Owned, Base):
    """What an owner was told about his subscription; ``key`` says of which fact, so that it is told once."""

    __tablename__ = "billing_notices"

    key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("organization_id", "key"),)
