"""Organizations (the tenants) and their users (G01, C12)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Json, Money, Owned, Rate, Timestamped


class Organization(Identified, Timestamped, Base):
    """A company: its legal identity, VAT regime, insurance and the defaults of its documents (R003, R009, C09)."""

    __tablename__ = "organizations"

    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    plan: Mapped[str] = mapped_column(server_default="FREE")
    status: Mapped[str] = mapped_column(server_default="pending")
    legal_form: Mapped[str | None]
    capital: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    rcs_city: Mapped[str | None]
    siret: Mapped[str | None] = mapped_column(String(14), unique=True)
    vat_number: Mapped[str | None]
    address_line: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    vat_regime: Mapped[str] = mapped_column(server_default="standard")
    default_vat_rate: Mapped[Rate] = mapped_column(server_default="20")
    default_price_mode: Mapped[str] = mapped_column(server_default="ht")
    quote_validity_days: Mapped[int] = mapped_column(server_default="30")
    payment_terms_days: Mapped[int] = mapped_column(server_default="30")
    daily_model_spend_eur: Mapped[Money | None]
    """Most EUR a day for language models; None = the installation's limit (R181)."""
    vat_on_debits: Mapped[bool] = mapped_column(server_default="false")
    insurance_status: Mapped[str] = mapped_column(server_default="unknown")
    insurer_name: Mapped[str | None]
    insurer_address: Mapped[str | None]
    insurance_policy: Mapped[str | None]
    insurance_area: Mapped[str | None]
    insurance_activities: Mapped[str | None]
    insurance_from: Mapped[date | None]
    insurance_until: Mapped[date | None]
    attestation_key: Mapped[str | None]
    mediator_name: Mapped[str | None]
    mediator_contact: Mapped[str | None]
    rge: Mapped[str | None]
    iban: Mapped[str | None]
    bic: Mapped[str | None]
    einvoicing_address: Mapped[str | None]
    waste_collection_point: Mapped[str | None]
    waste_sorting: Mapped[str | None]
    logo_key: Mapped[str | None]
    color: Mapped[str | None]
    template: Mapped[str] = mapped_column(server_default="sober")
    settings: Mapped[Json] = mapped_column(server_default="{}")
    stripe_customer_id: Mapped[str | None] = mapped_column(index=True)
    status_by: Mapped[str | None]
    """Who set ``status`` last: "admin" by hand, or "payment"; what an admin suspended no payment opens (R006)."""

    __table_args__ = (
        CheckConstraint("status in ('pending', 'active', 'suspended', 'erased')", name="status"),
        CheckConstraint("status_by in ('admin', 'payment')", name="status_by"),
        CheckConstraint("vat_regime in ('standard', 'franchise')", name="vat_regime"),
        CheckConstraint("default_price_mode in ('ht', 'ttc')", name="default_price_mode"),
        CheckConstraint("insurance_status in ('unknown', 'insured', 'not_required')", name="insurance_status"),
        CheckConstraint("template in ('sober', 'modern', 'compact')", name="template"),
    )


class User(Identified, Timestamped, Owned, Base):
    """A person of an organization; an artisan gives orders from ``whatsapp_phone`` once verified (R001, R002, C01)."""

    __tablename__ = "users"

    email: Mapped[str | None] = mapped_column(unique=True)
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    role: Mapped[str] = mapped_column(server_default="AGENT")
    whatsapp_phone: Mapped[str | None] = mapped_column(unique=True)
    phone_verified_at: Mapped[datetime | None]
    preferred_language: Mapped[str] = mapped_column(server_default="fr")
    address_form: Mapped[str | None]
    voice_replies: Mapped[bool] = mapped_column(server_default="false")
    """He wants recaps spoken too (UX-63)."""
    is_active: Mapped[bool] = mapped_column(server_default="true")
    is_email_verified: Mapped[bool] = mapped_column(server_default="false")
    removed_at: Mapped[datetime | None]
    """When he left the company: his name stays on what he did, his e-mail and phone are free again (R013)."""

    __table_args__ = (
        CheckConstraint("role in ('OWNER', 'ADMIN', 'MANAGER', 'AGENT', 'VIEWER')", name="role"),
        CheckConstraint("preferred_language in ('fr', 'tr')", name="preferred_language"),
        Index("ix_users_organization_id", "organization_id"),
    )


class SystemLog(Identified, Base):
    """What happened, for admins: type, dotted event name, details (R253); who did what to which thing (R254: audit)."""

    __tablename__ = "system_logs"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="SET NULL"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    type: Mapped[str]
    event: Mapped[str]
    description: Mapped[str | None]
    details: Mapped[Json] = mapped_column(server_default="{}")
    about: Mapped[UUID | None]
    """The id of what the event's first word names."""
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("type in ('info', 'warning', 'error', 'audit')", name="type"),
        Index("ix_system_logs_organization_id_created_at", "organization_id", "created_at"),
        Index("ix_system_logs_event", "event"),
        Index("ix_system_logs_organization_id_event_created_at", "organization_id", "event", "created_at"),
        Index("ix_system_logs_organization_id_user_id_created_at", "organization_id", "user_id", "created_at"),
        Index("ix_system_logs_created_at", "created_at", "id"),
    )
