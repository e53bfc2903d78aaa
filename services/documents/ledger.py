"""The ledger of a quote: contracted, invoiced and paid per VAT rate, written when documents are issued and money comes.

The database refuses, at the end of every transaction, that more is invoiced than is contracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invoice, Quote
from db.models.base import new_id
from db.repositories import documents as documents_repository
from db.repositories import ledger as repository
from services.documents.contract import contracted_rows
from services.documents.quote_account import Invoiced, QuoteAccount, billed_rows, extra_rows
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, DocumentKind, Totals, VatLine
from services.documents.vat_rows import joined, less, negated, total_of

__all__ = ["Invoiced", "QuoteAccount", "account_of", "issued_invoice"]

Entry = Literal["contracted", "invoiced", "paid"]


async def account_of(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> QuoteAccount:
    """The account of an issued quote. Raises ``FollowUpRefused`` (``quote_needed``, ``quote_not_issued``)."""
    quote = await documents_repository.get_row(session, organization_id, "quote", quote_id)
    if not isinstance(quote, Quote):
        raise FollowUpRefused("quote_needed")
    if quote.snapshot is None:
        raise FollowUpRefused("quote_not_issued")
    parts = [_frozen(row) for row in (quote, *await repository.amendments(session, organization_id, quote_id))]
    sums = await repository.sums(session, organization_id, quote_id)
    entered = await repository.contracted_documents(session, organization_id, quote_id)
    rows = await repository.issued_invoices(session, organization_id, quote_id)
    return QuoteAccount(
        quote_id=quote_id,
        parts=parts,
        contracted=joined(_rows(sums, "contracted"), contracted_rows(part for part in parts if part.id not in entered)),
        invoiced=_rows(sums, "invoiced"),
        paid=_rows(sums, "paid"),
        invoices=[_invoiced(row, rows) for row in rows if row.type != "credit_note"],
        accepted_on=quote.accepted_on,
        entered=entered,
    )


async def issued_invoice(
    session: AsyncSession, organization_id: UUID, invoice_id: UUID, *, lock: bool = False
) -> Invoiced | None:
    """An issued invoice with what was credited and paid of it; None when there is none."""
    rows = await repository.invoice_with_credits(session, organization_id, invoice_id, lock=lock)
    if not rows or rows[0].id != invoice_id or rows[0].type == "credit_note":
        return None
    return _invoiced(rows[0], rows)


def _frozen(row: Quote | Invoice) -> Document:
    assert row.snapshot is not None
    return Document.model_validate(row.snapshot["document"])


def _invoiced(row: Invoice, others: Sequence[Invoice]) -> Invoiced:
    assert row.snapshot is not None
    document = _frozen(row)
    credits = [other for other in others if other.corrects_id == row.id and other.type == "credit_note"]
    role: DocumentKind = document.kind
    if document.kind == "corrective" and document.corrects is not None:
        role = document.corrects.kind
    return Invoiced(
        document=document,
        totals=Totals.model_validate(row.snapshot["totals"]),
        status=row.status,
        role=role,
        credited=joined(*(_billed(credit) for credit in credits)),
        paid=row.paid_amount,
    )


def _billed(row: Invoice) -> list[VatLine]:
    assert row.snapshot is not None
    return billed_rows(_frozen(row), Totals.model_validate(row.snapshot["totals"]))


def _rows(sums: repository.Sums, entry: Entry) -> list[VatLine]:
    return joined(
        VatLine.model_validate({"category": category, "rate": rate, "base": base, "amount": vat})
        for (kind, category, rate), (base, vat) in sums.items()
        if kind == entry
    )


async def enter_acceptance(session: AsyncSession, organization_id: UUID, account: QuoteAccount, quote_id: UUID) -> None:
    """Writes what a quote, or one of its amendments with it, contracts when the client accepts."""
    await enter_contract(session, organization_id, account, only={account.quote_id, quote_id})


async def enter_contract(
    session: AsyncSession, organization_id: UUID, account: QuoteAccount, *, only: set[UUID] | None = None
) -> None:
    """Writes what the quote and its amendments contract, as far as it is not written yet."""
    for part in account.parts:
        if part.id not in account.entered and (only is None or part.id in only):
            await _add(session, organization_id, account.quote_id, "contracted", part, contracted_rows([part]))


async def enter_invoice(
    session: AsyncSession,
    organization_id: UUID,
    account: QuoteAccount,
    document: Document,
    totals: Totals,
    original: Invoiced | None,
) -> None:
    """Writes an invoice that is being issued: what it adds to the contract, and what it asks for, net of deposits.

    A credit note is negative; a corrective invoice takes back the original first. Raises ``FollowUpRefused``
    (``over_contract``) when more than the contract would be asked for.
    """
    await enter_contract(session, organization_id, account)
    billed = billed_rows(document, totals)
    if document.kind == "credit_note":
        await _add(session, organization_id, account.quote_id, "invoiced", document, negated(billed))
        return
    taken_back = original.standing if original is not None else []
    added = growth(document, totals, account, taken_back)
    left = total_of(account.remaining) + total_of(added) + total_of(taken_back)
    if total_of(billed) > left:
        raise FollowUpRefused("over_contract", number=account.number, asked=total_of(billed), left=left)
    await _add(session, organization_id, account.quote_id, "contracted", document, added)
    await _add(session, organization_id, account.quote_id, "invoiced", document, negated(taken_back))
    await _add(session, organization_id, account.quote_id, "invoiced", document, billed)


def growth(document: Document, totals: Totals, account: QuoteAccount, taken_back: Sequence[VatLine]) -> list[VatLine]:
    """What an invoice adds to the contract, per rate: lines outside the quote, or quantities as really done.

    The first invoice over the whole quote states what the works came to; the contract follows it where that is more.
    """
    if document.kind == "corrective":
        return _excess(billed_rows(document, totals), joined(account.remaining, taken_back))
    if document.kind in ("deposit", "progress") or account.situations or account.settlements:
        return extra_rows(document)
    return less(totals.vat, account.contracted) if _excess(totals.vat, account.contracted) else []


def _excess(rows: Iterable[VatLine], room: Iterable[VatLine]) -> list[VatLine]:
    """The rows that are more than there is room for, by as much."""
    return [row for row in less(rows, room) if row.base > 0]


async def enter_payment(
    session: AsyncSession, organization_id: UUID, invoice: Invoice, payment_id: UUID, rows: Sequence[VatLine]
) -> None:
    """Writes money received for an invoice of a quote, or given back when negative."""
    if invoice.quote_id is not None:
        await _add(session, organization_id, invoice.quote_id, "paid", _frozen(invoice), rows, payment_id=payment_id)


async def _add(
    session: AsyncSession,
    organization_id: UUID,
    quote_id: UUID,
    entry: Entry,
    document: Document,
    rows: Sequence[VatLine],
    *,
    payment_id: UUID | None = None,
) -> None:
    values = [
        {
            "id": new_id(),
            "organization_id": organization_id,
            "quote_id": quote_id,
            "entry": entry,
            "document_kind": document.kind,
            "document_id": document.id,
            "payment_id": payment_id,
            "vat_category": row.category,
            "vat_rate": row.rate,
            "base": row.base,
            "vat": row.amount,
        }
        for row in rows
    ]
    await repository.add_entries(session, values)
