"""Quotes, invoices, their lines, their versions, the approvals that let them leave, and the number counters (G09–G11)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from db.models.base import Base, Identified, Json, JsonList, Money, Owned, Timestamped

_ISSUE_NEEDS_APPROVAL = (
    "status = 'draft' or status = 'cancelled' and number is null or (number is not null and issue_date is not null "
    "and issue_approval_id is not null and issue_approval_kind is not null and issue_approval_kind = 'issue' "
    "and issued_version is not null)"
)


class DocumentColumns(Identified, Timestamped, Owned):
    """What quotes and invoices share. ``version`` counts content changes, ``revision`` issued versions (UX-49)."""

    number: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="draft")
    version: Mapped[int] = mapped_column(server_default="1")
    revision: Mapped[int] = mapped_column(server_default="1")
    issue_date: Mapped[date | None]
    price_mode: Mapped[str] = mapped_column(server_default="ht")
    subtotal: Mapped[Money] = mapped_column(server_default="0")
    discount: Mapped[Money] = mapped_column(server_default="0")
    vat_rate: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    vat_amount: Mapped[Money] = mapped_column(server_default="0")
    total: Mapped[Money] = mapped_column(server_default="0")
    vat_breakdown: Mapped[JsonList] = mapped_column(server_default="[]")
    terms: Mapped[Json] = mapped_column(server_default="{}")
    """Discount, site, dates, notes and buyer facts of the document, as in ``services.documents.schemas``."""
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Seller, buyer, lines, totals and mentions as printed; frozen at issue."""
    issued_version: Mapped[int | None]
    issue_approval_id: Mapped[UUID | None]
    issue_approval_kind: Mapped[str | None]
    pdf_key: Mapped[str | None]
    pdf_sha256: Mapped[str | None]
    pdf_status: Mapped[str] = mapped_column(server_default="none")
    previewed_at: Mapped[datetime | None]
    sent_via_whatsapp_at: Mapped[datetime | None]
    sent_to: Mapped[str | None]
    sent_channel: Mapped[str | None]

    @declared_attr
    def client_id(cls) -> Mapped[UUID | None]:
        return mapped_column(ForeignKey("clients.id", ondelete="RESTRICT"))

    @declared_attr
    def conversation_id(cls) -> Mapped[UUID | None]:
        return mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))

    @declared_attr
    def created_by(cls) -> Mapped[UUID | None]:
        return mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


def _document_constraints(table: str, statuses: str) -> tuple[Any, ...]:
    return (
        CheckConstraint(f"status in ({statuses})", name="status"),
        CheckConstraint(_ISSUE_NEEDS_APPROVAL, name="issue_needs_approval"),
        CheckConstraint("pdf_status in ('none', 'pending', 'ready', 'failed')", name="pdf_status"),
        ForeignKeyConstraint(
            ["issue_approval_id", "organization_id", "id", "issued_version", "issue_approval_kind"],
            [
                "approvals.id",
                "approvals.organization_id",
                "approvals.document_id",
                "approvals.version",
                "approvals.kind",
            ],
            name=f"fk_{table}_issue_approval",
        ),
        UniqueConstraint("organization_id", "number"),
        Index(f"ix_{table}_organization_id_issue_date", "organization_id", text("issue_date desc")),
        Index(f"ix_{table}_organization_id_status", "organization_id", "status"),
        Index(f"ix_{table}_client_id", "client_id"),
        Index(f"ix_{table}_conversation_id", "conversation_id"),
    )


class Quote(DocumentColumns, Base):
    """A quote (devis) or, with ``amends_id``, an amendment to a signed one (avenant). Numbered at issue only (C07)."""

    __tablename__ = "quotes"

    validity_date: Mapped[date | None]
    accepted_on: Mapped[date | None]
    amends_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id", ondelete="RESTRICT"))

    __table_args__ = (
        *_document_constraints(
            "quotes", "'draft', 'issued', 'sent', 'accepted', 'rejected', 'expired', 'superseded', 'cancelled'"
        ),
        Index("ix_quotes_amends_id", "amends_id"),
    )


class Invoice(DocumentColumns, Base):
    """An invoice (facture). Immutable after issue; overdue is derived, not written (C11)."""

    __tablename__ = "invoices"

    type: Mapped[str] = mapped_column(server_default="invoice")
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id", ondelete="RESTRICT"))
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    """The invoice that a credit note or a corrective invoice is about."""
    due_date: Mapped[date | None]
    amount_due: Mapped[Money] = mapped_column(server_default="0")
    """EUR incl. VAT asked for by this document: its total less the deposits it deducts, retention included (BT-115)."""
    retention: Mapped[Money] = mapped_column(server_default="0")
    """Part of ``amount_due`` that is kept back as a guarantee until it is released."""
    retention_released_on: Mapped[date | None]
    credited_amount: Mapped[Money] = mapped_column(server_default="0")
    """EUR incl. VAT taken back by credit notes."""
    paid_amount: Mapped[Money] = mapped_column(server_default="0")
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        *_document_constraints("invoices", "'draft', 'issued', 'sent', 'partially_paid', 'paid', 'cancelled'"),
        CheckConstraint(
            "type in ('invoice', 'deposit', 'progress', 'balance', 'credit_note', 'corrective')", name="type"
        ),
        CheckConstraint("type <> 'credit_note' or corrects_id is not null or number is null", name="credit_reference"),
        CheckConstraint(
            "number is null or (paid_amount between 0 and amount_due and credited_amount between 0 and amount_due)",
            name="settled_within_due",
        ),
        Index("ix_invoices_quote_id", "quote_id"),
        Index("ix_invoices_corrects_id", "corrects_id"),
        Index("ix_invoices_organization_id_due_date", "organization_id", "due_date"),
    )


class ItemColumns(Identified, Owned):
    """A line: its words and its amounts, EUR in ``price_mode`` (R118, C09, C10)."""

    position: Mapped[int]
    description: Mapped[str]
    chat_label: Mapped[str]
    said: Mapped[str]
    topic: Mapped[str | None]
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit: Mapped[str | None]
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    price_mode: Mapped[str] = mapped_column(server_default="ht")
    total_price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    vat_rate: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    vat_rate_said: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    vat_category: Mapped[str] = mapped_column(server_default="S")
    vat_reason: Mapped[str] = mapped_column(server_default="default")
    vat_basis: Mapped[str | None]
    section: Mapped[str | None]
    discount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    doubt: Mapped[str | None]


class QuoteItem(ItemColumns, Base):
    """A line of a quote."""

    __tablename__ = "quote_items"

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id", ondelete="CASCADE"))

    __table_args__ = (UniqueConstraint("quote_id", "position", deferrable=True, initially="DEFERRED"),)


class InvoiceItem(ItemColumns, Base):
    """A line of an invoice."""

    __tablename__ = "invoice_items"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="CASCADE"))

    __table_args__ = (UniqueConstraint("invoice_id", "position", deferrable=True, initially="DEFERRED"),)


class DocumentVersion(Identified, Owned, Base):
    """A state of a document's content: what a recap showed and what undo goes back to (UX-40, UX-48)."""

    __tablename__ = "document_versions"

    document_kind: Mapped[str]
    document_id: Mapped[UUID]
    version: Mapped[int]
    payload_hash: Mapped[str]
    snapshot: Mapped[Json]
    inbound_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_messages.id", ondelete="SET NULL"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    recap_shown_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        UniqueConstraint("document_id", "version"),
        UniqueConstraint("organization_id", "document_id", "version", "payload_hash"),
    )


class Approval(Identified, Owned, Base):
    """An explicit word for one gate of one version (DESIGN §7): the artisan's, in a message written after its recap, or
    that of a member who was signed in and named the recap that he read. Exactly one of the two.
    """

    __tablename__ = "approvals"

    document_kind: Mapped[str]
    document_id: Mapped[UUID]
    version: Mapped[int]
    payload_hash: Mapped[str]
    inbound_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_messages.id", ondelete="RESTRICT"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    session_id: Mapped[UUID | None]
    """The sign-in in which the member said it; open then, forgotten later, hence no foreign key."""
    request_id: Mapped[str | None]
    """The request that said it, as in the request log."""
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("kind in ('issue', 'send')", name="kind"),
        CheckConstraint("num_nonnulls(inbound_message_id, user_id) = 1", name="one_word"),
        CheckConstraint("num_nonnulls(user_id, session_id, request_id) in (0, 3)", name="member_by_request"),
        ForeignKeyConstraint(
            ["organization_id", "document_id", "version", "payload_hash"],
            [
                "document_versions.organization_id",
                "document_versions.document_id",
                "document_versions.version",
                "document_versions.payload_hash",
            ],
            name="fk_approvals_document_version",
        ),
        UniqueConstraint("id", "organization_id", "document_id", "version", "kind"),
        Index("uq_approvals_issue", "document_id", "version", unique=True, postgresql_where=text("kind = 'issue'")),
        Index("ix_approvals_inbound_message_id", "inbound_message_id"),
        Index("ix_approvals_user_id", "user_id"),
    )


class DocumentCounter(Owned, Base):
    """The last number given per organization, series and year; the row is locked while a document is issued (C06)."""

    __tablename__ = "document_counters"

    series: Mapped[str]
    year: Mapped[int]
    last_number: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (PrimaryKeyConstraint("organization_id", "series", "year"),)


PAYMENT_METHODS = ("transfer", "cash", "card", "cheque", "direct_debit", "other")


class Payment(Identified, Owned, Base):
    """Money received for an invoice, EUR incl. VAT. Never changed or deleted: ``reverses_id`` takes one back."""

    __tablename__ = "payments"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    amount: Mapped[Money]
    paid_on: Mapped[date]
    method: Mapped[str] = mapped_column(server_default="other")
    reference: Mapped[str | None]
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"), unique=True)
    inbound_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("whatsapp_messages.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("amount > 0 and reverses_id is null or amount < 0 and reverses_id is not null", name="amount"),
        CheckConstraint(f"method in {PAYMENT_METHODS}", name="method"),
        Index("ix_payments_invoice_id", "invoice_id"),
    )


class LedgerEntry(Identified, Owned, Base):
    """One movement of a quote's account per VAT rate: contracted, invoiced or paid, EUR; credit notes are negative.

    Append-only. The database refuses to invoice more than is contracted, and to credit or pay back more than there is.
    """

    __tablename__ = "ledger_entries"

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id", ondelete="RESTRICT"))
    """The quote, also for the entries of its amendments."""
    entry: Mapped[str]
    document_kind: Mapped[str]
    document_id: Mapped[UUID]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    vat_category: Mapped[str]
    vat_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    base: Mapped[Money]
    vat: Mapped[Money]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("entry in ('contracted', 'invoiced', 'paid')", name="entry"),
        Index("ix_ledger_entries_organization_id_quote_id", "organization_id", "quote_id"),
        Index("ix_ledger_entries_document_id", "document_id"),
    )


class DocumentEvent(Owned, Base):
    """A link of an organization's chain of issued documents and payments (legal.md 60, 61). Append-only.

    ``hash`` is the SHA-256 of ``previous_hash`` followed by ``payload``; ``payload`` is canonical JSON, kept as text, and
    emptied when the hold on its document is over (``hold_ended``).
    """

    __tablename__ = "document_events"

    sequence: Mapped[int]
    event: Mapped[str]
    document_kind: Mapped[str]
    document_id: Mapped[UUID]
    payload: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "sequence"),
        CheckConstraint(
            "event in ('quote_issued', 'invoice_issued', 'pdf_stored', 'payment_recorded', 'payment_reversed', "
            "'retention_released', 'hold_ended')",
            name="event",
        ),
        Index("ix_document_events_document_id", "document_id"),
    )
