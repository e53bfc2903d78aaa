"""The artisan's customers: the parties that documents are made out to (G08, C16)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Owned, Timestamped


class Client(Identified, Timestamped, Owned, Base):
    """A customer. Only the name is required; completeness is checked when a document is issued (C14)."""

    __tablename__ = "clients"

    name: Mapped[str]
    name_key: Mapped[str]
    title: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="consumer")
    address_line: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    country: Mapped[str] = mapped_column(String(2), server_default="FR")
    billing_address_line: Mapped[str | None]
    billing_postal_code: Mapped[str | None]
    billing_city: Mapped[str | None]
    siren: Mapped[str | None] = mapped_column(String(9))
    siret: Mapped[str | None] = mapped_column(String(14))
    vat_number: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    einvoicing_address: Mapped[str | None]
    main_contractor: Mapped[bool] = mapped_column(server_default="false")
    small_business: Mapped[bool] = mapped_column(server_default="false")
    created_via: Mapped[str] = mapped_column(server_default="whatsapp")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    archived_at: Mapped[datetime | None]
    """Since when he is out of the lists and not proposed in a chat; documents made out to him keep what they say."""

    __table_args__ = (
        CheckConstraint("kind in ('consumer', 'business', 'public', 'foreign')", name="kind"),
        CheckConstraint("created_via in ('whatsapp', 'web', 'admin')", name="created_via"),
        Index("ix_clients_organization_id_name_key", "organization_id", "name_key"),
        Index("ix_clients_organization_id_phone", "organization_id", "phone"),
        Index("ix_clients_phone", "phone"),
        Index("ix_clients_organization_id_siret", "organization_id", "siret"),
    )
