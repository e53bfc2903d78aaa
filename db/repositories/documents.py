"""Queries about quotes and invoices, their lines, versions, approvals and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Approval,
    Client,
    DocumentCounter,
    DocumentVersion,
    Invoice,
    InvoiceItem,
    Quote,
    QuoteItem,
    WhatsappMessage,
)

DocumentRow = Quote | Invoice
ISSUED_QUOTE = ("issued", "sent", "accepted")
ISSUED_INVOICE = ("issued", "sent", "partially_paid", "paid")
UNPAID = ("issued", "sent", "partially_paid")


def model_of(kind: str) -> Any:
    """The table that holds documents of ``kind``: ``Quote`` or ``Invoice``."""
    return Quote if kind == "quote" else Invoice


def kind_of(row: DocumentRow) -> str:
    """The document kind of a row: "quote", or the type of an invoice."""
    return "quote" if isinstance(row, Quote) else row.type


async def get_row(
    session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID, *, lock: bool = False
) -> DocumentRow | None:
    model = model_of(kind)
    query = select(model).where(model.organization_id == organization_id, model.id == document_id)
    if lock:
        query = query.with_for_update()
    row: DocumentRow | None = (await session.scalars(query)).one_or_none()
    return row


async def get_content(
    session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID
) -> tuple[DocumentRow, dict[str, Any], Client | None] | None:
    """The row, the snapshot of its current version and its client."""
    model = model_of(kind)
    query = (
        select(model, DocumentVersion.snapshot, Client)
        .join(
            DocumentVersion,
            (DocumentVersion.document_id == model.id) & (DocumentVersion.version == model.version),
        )
        .outerjoin(Client, Client.id == model.client_id)
        .where(model.organization_id == organization_id, model.id == document_id)
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1], found[2]) if found else None


async def replace_items(
    session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID, rows: list[dict[str, Any]]
) -> None:
    """Writes the lines of a document anew; ``rows`` have the columns of an item without its keys."""
    model, parent = (QuoteItem, "quote_id") if kind == "quote" else (InvoiceItem, "invoice_id")
    await session.execute(delete(model).where(getattr(model, parent) == document_id))
    if rows:
        values = [{**row, "organization_id": organization_id, parent: document_id} for row in rows]
        await session.execute(insert(model), values)


def add_version(session: AsyncSession, version: DocumentVersion) -> None:
    session.add(version)


async def get_version(
    session: AsyncSession, organization_id: UUID, document_id: UUID, version: int
) -> DocumentVersion | None:
    query = select(DocumentVersion).where(
        DocumentVersion.organization_id == organization_id,
        DocumentVersion.document_id == document_id,
        DocumentVersion.version == version,
    )
    return (await session.scalars(query)).one_or_none()


async def get_recap(
    session: AsyncSession, organization_id: UUID, document_id: UUID, version: int
) -> Row[tuple[str, datetime | None]] | None:
    """Hash of a version's content and when its recap was shown."""
    query = select(DocumentVersion.payload_hash, DocumentVersion.recap_shown_at).where(
        DocumentVersion.organization_id == organization_id,
        DocumentVersion.document_id == document_id,
        DocumentVersion.version == version,
    )
    return (await session.execute(query)).one_or_none()


async def mark_shown(session: AsyncSession, organization_id: UUID, document_id: UUID, version: int) -> None:
    """Notes that the recap of this version has been written to the artisan, once."""
    await session.execute(
        update(DocumentVersion)
        .where(
            DocumentVersion.organization_id == organization_id,
            DocumentVersion.document_id == document_id,
            DocumentVersion.version == version,
            DocumentVersion.recap_shown_at.is_(None),
        )
        .values(recap_shown_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def get_approval(
    session: AsyncSession, organization_id: UUID, document_id: UUID, version: int, kind: str
) -> Approval | None:
    query = (
        select(Approval)
        .where(
            Approval.organization_id == organization_id,
            Approval.document_id == document_id,
            Approval.version == version,
            Approval.kind == kind,
        )
        .order_by(Approval.id.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def message_written_at(session: AsyncSession, organization_id: UUID, message_id: UUID) -> datetime | None:
    """When a message was written by the provider's clock, or received by ours if that was earlier."""
    query = select(func.least(WhatsappMessage.sent_at, WhatsappMessage.received_at)).where(
        WhatsappMessage.organization_id == organization_id, WhatsappMessage.id == message_id
    )
    return (await session.scalars(query)).one_or_none()


async def next_number(session: AsyncSession, organization_id: UUID, series: str, year: int) -> int:
    """Takes the next number of a series; the counter row stays locked until the transaction ends: no gap, no double (C06)."""
    statement = (
        upsert(DocumentCounter)
        .values(organization_id=organization_id, series=series, year=year, last_number=1)
        .on_conflict_do_update(
            index_elements=["organization_id", "series", "year"],
            set_={"last_number": DocumentCounter.last_number + 1},
        )
        .returning(DocumentCounter.last_number)
    )
    return int((await session.scalars(statement)).one())


async def raise_counter(session: AsyncSession, organization_id: UUID, series: str, year: int, number: int) -> None:
    """Makes the series continue after ``number`` (documents brought from elsewhere)."""
    statement = upsert(DocumentCounter).values(
        organization_id=organization_id, series=series, year=year, last_number=number
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "series", "year"],
            set_={"last_number": func.greatest(DocumentCounter.last_number, number)},
        )
    )


async def find_by_reference(
    session: AsyncSession, organization_id: UUID, kinds: Sequence[str], reference: str
) -> DocumentRow | None:
    """The document whose number is ``reference`` or ends with it: "12" finds FACT-2026-0012; the newest wins."""
    digits = "".join(character for character in reference if character.isdigit())
    for kind in kinds:
        model = model_of(kind)
        exact = func.upper(model.number) == reference.strip().upper()
        tail = model.number.like(f"%-{int(digits):04d}") if digits and len(digits) <= 6 else exact
        query = (
            select(model)
            .where(model.organization_id == organization_id, or_(exact, tail))
            .order_by(exact.desc(), model.number.desc())
            .limit(1)
        )
        row: DocumentRow | None = (await session.scalars(query)).one_or_none()
        if row is not None:
            return row
    return None


async def list_rows(
    session: AsyncSession,
    organization_id: UUID,
    kind: str,
    *,
    statuses: Sequence[str] | None = None,
    client_id: UUID | None = None,
    owed_on: date | None = None,
    overdue_on: date | None = None,
    limit: int = 50,
) -> list[tuple[DocumentRow, Client | None]]:
    """Documents of a kind with their clients, newest first; "invoice" lists invoices of every kind.

    ``owed_on`` keeps the invoices with something to pay on that day, ``overdue_on`` those that are late on it.
    """
    model = model_of(kind)
    query = (
        select(model, Client)
        .outerjoin(Client, Client.id == model.client_id)
        .where(model.organization_id == organization_id)
    )
    if kind not in ("quote", "invoice"):
        query = query.where(Invoice.type == kind)
    if statuses is not None:
        query = query.where(model.status.in_(statuses))
    if client_id:
        query = query.where(model.client_id == client_id)
    if (owed_on or overdue_on) and model is Invoice:
        query = query.where(*owed(owed_on or overdue_on))
    if overdue_on and model is Invoice:
        query = query.where(Invoice.due_date < overdue_on)
    query = query.order_by(model.updated_at.desc(), model.id.desc()).limit(limit)
    return [(row, client) for row, client in (await session.execute(query)).all()]


def owed(day: date | None) -> tuple[Any, ...]:
    """Invoices with something to pay on that day: see ``services.documents.payments.due_now``."""
    until = Invoice.terms["retention_until"].astext
    held = case(
        (Invoice.retention_released_on.is_not(None) | (until <= str(day)), 0),
        else_=Invoice.retention,
    )
    return (
        Invoice.type != "credit_note",
        Invoice.amount_due - Invoice.credited_amount - Invoice.paid_amount > held,
    )


async def issued_rows(session: AsyncSession, organization_id: UUID, limit: int = 50) -> list[DocumentRow]:
    """Numbered documents of both kinds, last issued first."""
    rows: list[DocumentRow] = []
    models: tuple[Any, ...] = (Quote, Invoice)
    for model in models:
        query = (
            select(model)
            .where(model.organization_id == organization_id, model.number.is_not(None))
            .order_by(model.issue_date.desc(), model.number.desc())
            .limit(limit)
        )
        rows.extend((await session.scalars(query)).all())
    rows.sort(key=lambda row: (row.snapshot or {}).get("issued_at", ""), reverse=True)
    return rows[:limit]


async def last_lines_like(
    session: AsyncSession, organization_id: UUID, limit: int = 400
) -> list[tuple[QuoteItem | InvoiceItem, DocumentRow, Client | None]]:
    """Priced lines of issued documents, newest first: the price memory (UX-21)."""
    found: list[tuple[QuoteItem | InvoiceItem, DocumentRow, Client | None]] = []
    tables: tuple[tuple[Any, Any, str], ...] = ((QuoteItem, Quote, "quote_id"), (InvoiceItem, Invoice, "invoice_id"))
    for item, parent, key in tables:
        query = (
            select(item, parent, Client)
            .join(parent, parent.id == getattr(item, key))
            .outerjoin(Client, Client.id == parent.client_id)
            .where(item.organization_id == organization_id, parent.number.is_not(None), item.unit_price.is_not(None))
            .order_by(parent.issue_date.desc(), parent.id.desc(), item.position)
            .limit(limit)
        )
        found.extend((row[0], row[1], row[2]) for row in (await session.execute(query)).all())
    found.sort(key=lambda row: (row[1].issue_date or date.min, row[1].id), reverse=True)
    return found


async def lock_draft(session: AsyncSession, document_id: UUID) -> None:
    """Serialises changes of one document by different processes until the transaction ends."""
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": str(document_id)})
