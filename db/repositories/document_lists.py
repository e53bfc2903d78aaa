"""Queries for lists of quotes and invoices, and of what belongs to one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, load_only

from db.models import Client, DocumentVersion, Invoice, InvoiceItem, Outbox, Quote, QuoteItem
from db.paging import Rows, Sortable, Wanted, fetch_page
from db.repositories.documents import DocumentRow, model_of, owed


def _sortable(model: Any, **more: Any) -> Sortable:
    columns = {
        "created_at": model.created_at,
        "updated_at": model.updated_at,
        "issue_date": func.coalesce(model.issue_date, literal(date.max)),
        "number": func.coalesce(model.number, ""),
        "total": model.total,
        **more,
    }
    return Sortable(columns, key=model.id, default="-created_at")


QUOTES = _sortable(Quote, validity_date=func.coalesce(Quote.validity_date, literal(date.max)))
INVOICES = _sortable(Invoice, due_date=func.coalesce(Invoice.due_date, literal(date.max)))


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None = not. ``text`` is looked for in numbers, lines and (folded) client names.

    ``owed_on`` keeps invoices with something to pay on that day, ``overdue_on`` those late on it.
    """

    statuses: Collection[str] | None = None
    types: Collection[str] | None = None
    client_id: UUID | None = None
    quote_id: UUID | None = None
    number: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    text: str | None = None
    name_key: str | None = None
    owed_on: date | None = None
    overdue_on: date | None = None


async def page(
    session: AsyncSession, organization_id: UUID, kind: str, wanted: Wanted, narrowed: Filter
) -> Rows[DocumentRow]:
    """A page of quotes ("quote") or of invoices of every kind ("invoice"), sorted by ``QUOTES`` or ``INVOICES``."""
    model = model_of(kind)
    query: Select[Any] = (
        select(model)
        .where(model.organization_id == organization_id, *_conditions(model, narrowed))
        .options(
            defer(model.snapshot, raiseload=True), defer(model.vat_breakdown, raiseload=True)
        )  # heavy, and not listed
    )
    return await fetch_page(session, query, wanted)


def _conditions(model: Any, narrowed: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if narrowed.statuses is not None:
        found.append(model.status.in_(narrowed.statuses))
    if narrowed.client_id is not None:
        found.append(model.client_id == narrowed.client_id)
    if narrowed.number is not None:
        found.append(model.number.icontains(narrowed.number, autoescape=True))
    if narrowed.issued_from is not None:
        found.append(model.issue_date >= narrowed.issued_from)
    if narrowed.issued_to is not None:
        found.append(model.issue_date <= narrowed.issued_to)
    if narrowed.text is not None:
        found.append(_mentions(model, narrowed.text, narrowed.name_key))
    if model is Invoice:
        found += _of_invoices(narrowed)
    return found


def _of_invoices(narrowed: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if narrowed.types is not None:
        found.append(Invoice.type.in_(narrowed.types))
    if narrowed.quote_id is not None:
        found.append(Invoice.quote_id == narrowed.quote_id)
    if narrowed.owed_on is not None:
        found += owed(narrowed.owed_on)
    if narrowed.overdue_on is not None:
        found += [*owed(narrowed.overdue_on), Invoice.due_date < narrowed.overdue_on]
    return found


def _mentions(model: Any, text: str, name_key: str | None) -> ColumnElement[bool]:
    item: Any = QuoteItem if model is Quote else InvoiceItem
    parent = QuoteItem.quote_id if model is Quote else InvoiceItem.invoice_id
    of_line = exists().where(
        item.organization_id == model.organization_id,
        parent == model.id,
        item.description.icontains(text, autoescape=True),
    )
    places = [model.number.icontains(text, autoescape=True), of_line]
    if name_key:
        client = Client.name_key.contains(name_key, autoescape=True)
        places.append(
            exists().where(Client.organization_id == model.organization_id, Client.id == model.client_id, client)
        )
    return or_(*places)


async def clients_of(
    session: AsyncSession, organization_id: UUID, rows: Sequence[DocumentRow]
) -> Mapping[UUID, Client]:
    """The clients of some documents by id, with their names alone."""
    ids = {row.client_id for row in rows if row.client_id is not None}
    query = (
        select(Client)
        .where(Client.organization_id == organization_id, Client.id.in_(ids))
        .options(load_only(Client.name, raiseload=True))
    )
    return {client.id: client for client in (await session.scalars(query)).all()}


async def versions_of(session: AsyncSession, organization_id: UUID, document_id: UUID) -> Sequence[DocumentVersion]:
    """The states of a document, newest first."""
    query = select(DocumentVersion).where(
        DocumentVersion.organization_id == organization_id, DocumentVersion.document_id == document_id
    )
    return (await session.scalars(query.order_by(DocumentVersion.version.desc()).limit(500))).all()


async def copies_of(session: AsyncSession, organization_id: UUID, document_id: UUID) -> Sequence[Outbox]:
    """What was queued for the client of a document, newest first."""
    query = select(Outbox).where(
        Outbox.organization_id == organization_id,
        Outbox.document_id == document_id,
        Outbox.recipient == "client",
    )
    return (await session.scalars(query.order_by(Outbox.seq.desc()).limit(200))).all()
