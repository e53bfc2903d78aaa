"""Reading documents: the one that is meant, lists, what is owed, and what a work was last sold for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel
from rapidfuzz import fuzz
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, Invoice, Quote
from db.repositories import documents as repository
from db.repositories.clients import get_client
from db.repositories.documents import DocumentRow, kind_of
from services.clients.service import find
from services.documents.ledger import account_of
from services.documents.payments import due_now
from services.documents.text import fold

SAME_WORK = 88
"""Fuzzy score (0–100) from which two designations are the same work for the price memory."""


class DocumentSummary(BaseModel):
    """A document in a list. ``balance`` is what remains to be paid now, EUR incl. VAT: no retention that is held back."""

    id: UUID
    kind: str
    number: str | None
    status: str
    client: str | None
    client_id: UUID | None
    total: Decimal
    balance: Decimal
    issue_date: date | None
    due_date: date | None
    sent: bool
    overdue_days: int = 0


class RememberedPrice(BaseModel):
    """The last price of a work: EUR per unit in ``price_mode``, and where it comes from (UX-21)."""

    description: str
    unit_price: Decimal
    unit: str | None
    price_mode: str
    client: str | None
    number: str | None
    on: date | None


def summary(row: DocumentRow, client: Client | None, today: date) -> DocumentSummary:
    """The row as a list shows it; overdue is derived from the due date and the balance (C11)."""
    due = row.due_date if isinstance(row, Invoice) else None
    balance = due_now(row, today) if isinstance(row, Invoice) else Decimal(0)
    late = (today - due).days if due and balance > 0 and due < today else 0
    return DocumentSummary(
        id=row.id,
        kind=kind_of(row),
        number=row.number,
        status=row.status,
        client=client.name if client else None,
        client_id=row.client_id,
        total=row.total,
        balance=balance,
        issue_date=row.issue_date,
        due_date=due,
        sent=row.sent_via_whatsapp_at is not None,
        overdue_days=late,
    )


async def find_document(
    session: AsyncSession,
    organization_id: UUID,
    *,
    reference: str | None = None,
    client_name: str | None = None,
    kind: str | None = None,
    statuses: Sequence[str] | None = None,
) -> DocumentRow | None:
    """The document meant by a number, or the newest of a client, or the newest of all."""
    kinds = [kind] if kind else ["quote", "invoice"]
    if reference:
        if reference.strip().upper().startswith(("FACT", "AVOIR")):
            kinds = ["invoice"]
        elif reference.strip().upper().startswith("DEVIS"):
            kinds = ["quote"]
        return await repository.find_by_reference(session, organization_id, kinds, reference)
    client_id = None
    if client_name:
        client, _ = await find(session, organization_id, client_name)
        if client is None:
            return None
        client_id = client.id
    rows: list[DocumentRow] = []
    for wanted in kinds:
        found = await repository.list_rows(
            session, organization_id, wanted, client_id=client_id, statuses=statuses, limit=5
        )
        rows.extend(row for row, _ in found if row.status != "cancelled")
    return max(rows, key=lambda row: row.updated_at, default=None)


async def followable_quotes(
    session: AsyncSession, organization_id: UUID, *, client_id: UUID | None = None, limit: int = 20
) -> list[tuple[Quote, Client | None]]:
    """Issued quotes with something left to invoice, newest first; only the accepted ones when there are any.

    Amendments belong to the account of their quote and are not listed.
    """
    rows = await repository.list_rows(
        session, organization_id, "quote", statuses=repository.ISSUED_QUOTE, client_id=client_id, limit=limit
    )
    open_ones = [
        (row, client)
        for row, client in rows
        if isinstance(row, Quote) and row.amends_id is None and await _left_to_invoice(session, organization_id, row)
    ]
    accepted = [(row, client) for row, client in open_ones if row.status == "accepted"]
    return accepted or open_ones


async def _left_to_invoice(session: AsyncSession, organization_id: UUID, row: Quote) -> bool:
    account = await account_of(session, organization_id, row.id)
    return account.remaining_total > 0


async def creditable_invoices(
    session: AsyncSession, organization_id: UUID, *, client_id: UUID | None = None, limit: int = 20
) -> list[tuple[Invoice, Client | None]]:
    """Issued invoices that are not wholly taken back, newest first."""
    rows = await repository.list_rows(
        session, organization_id, "invoice", statuses=repository.ISSUED_INVOICE, client_id=client_id, limit=limit
    )
    return [
        (row, client)
        for row, client in rows
        if isinstance(row, Invoice) and row.type != "credit_note" and row.credited_amount < row.amount_due
    ]


async def list_documents(
    session: AsyncSession,
    organization_id: UUID,
    *,
    today: date,
    kind: str | None = None,
    status: str | None = None,
    client_id: UUID | None = None,
    limit: int = 10,
) -> list[DocumentSummary]:
    """Documents by kind and status; "unpaid" and "overdue" are about invoices and are sorted by lateness."""
    owed = status in ("unpaid", "overdue")
    kinds = ["invoice"] if owed or status == "paid" else [kind] if kind else ["quote", "invoice"]
    statuses: Sequence[str] | None = None
    if owed:
        statuses = repository.UNPAID
    elif status == "issued":
        statuses = ("issued", "sent", "accepted", "partially_paid", "paid")
    elif status:
        statuses = (status,)
    found: list[DocumentSummary] = []
    for wanted in kinds:
        rows = await repository.list_rows(
            session,
            organization_id,
            wanted,
            statuses=statuses,
            client_id=client_id,
            owed_on=today if owed else None,
            overdue_on=today if status == "overdue" else None,
            limit=limit,
        )
        found.extend(summary(row, client, today) for row, client in rows if row.status != "cancelled")
    if owed:
        found.sort(key=lambda item: (-item.overdue_days, item.due_date or date.max))
    return found[:limit]


async def open_drafts(
    session: AsyncSession, organization_id: UUID, today: date, limit: int = 5
) -> list[DocumentSummary]:
    """Drafts that are not finished, last touched first (UX-50)."""
    return await list_documents(session, organization_id, today=today, status="draft", limit=limit)


async def remembered_price(
    session: AsyncSession,
    organization_id: UUID,
    description: str,
    *,
    said: str | None = None,
    unit: str | None = None,
    client_id: UUID | None = None,
    within: bool = False,
) -> RememberedPrice | None:
    """The last price of the same work in an issued document, same unit if one was said; None without history (UX-21).

    ``within``: a line whose words hold all of those asked for will do ("carrelage": "Pose de carrelage").
    """
    alike = fuzz.token_set_ratio if within else fuzz.token_sort_ratio
    wanted = [fold(text) for text in (description, said) if text]
    for item, row, client in await repository.last_lines_like(session, organization_id):
        if unit and item.unit != unit:
            continue
        if client_id and row.client_id != client_id:
            continue
        names = (fold(item.description), fold(item.said))
        if any(alike(one, name) >= SAME_WORK for one in wanted for name in names if one and name):
            assert item.unit_price is not None
            return RememberedPrice(
                description=item.chat_label,
                unit_price=item.unit_price,
                unit=item.unit,
                price_mode=item.price_mode,
                client=client.name if client else None,
                number=row.number,
                on=row.issue_date,
            )
    return None


async def client_of(session: AsyncSession, organization_id: UUID, row: DocumentRow) -> Client | None:
    """The client of a document row."""
    return await get_client(session, organization_id, row.client_id) if row.client_id else None
