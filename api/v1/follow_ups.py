"""Documents that begin with an issued one: invoices of a quote, credit notes, corrections, amendments, copies.

All of them are drafts: read, changed and issued like any other.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Response

from api.errors import errors
from api.v1.drafts import answer
from api.v1.idempotency import idempotent
from api.v1.shelves import DeskDep, ShelfDep, Shelves
from services.office import drafting
from services.office.dossier import Dossier
from services.office.schemas import CreditFacts, NewFollowUp

shelves = Shelves("documents:write")
router = shelves.router
_NEW: dict[str, Any] = {"status_code": 201, "dependencies": [idempotent], "responses": errors(409)}
_OF_A_QUOTE: dict[str, Any] = {
    "deposit": {"summary": "A deposit", "value": {"type": "deposit", "deposit": {"percent": "30"}}},
    "progress": {"summary": "A situation", "value": {"type": "progress", "progress_percent": "60"}},
    "invoice": {"summary": "Everything, or what is left after deposits", "value": {"type": "invoice"}},
}
_CREDITS: dict[str, Any] = {
    "all": {"summary": "All of it", "value": {}},
    "amount": {"summary": "A part, incl. VAT", "value": {"amount": "120.00"}},
    "lines": {"summary": "Two lines", "value": {"lines": [1, 3]}},
}


@shelves.route("POST", "/{document_id}/invoices", only="quotes", **_NEW)
async def invoice_quote(
    desk: DeskDep,
    document_id: UUID,
    facts: Annotated[NewFollowUp, Body(openapi_examples=_OF_A_QUOTE)],
    response: Response,
) -> Dossier:
    """The draft of a quote's invoice, deposit, situation or balance; its lines and deductions follow from the quote."""
    async with desk.open() as office:
        return await answer(office, "invoice", await drafting.follow(office, document_id, facts), response)


@shelves.route("POST", "/{document_id}/credit-notes", only="invoices", **_NEW)
async def credit_invoice(
    desk: DeskDep,
    document_id: UUID,
    facts: Annotated[CreditFacts, Body(openapi_examples=_CREDITS)],
    response: Response,
) -> Dossier:
    """The draft of a credit note (avoir) on all of an invoice or a part of it."""
    async with desk.open() as office:
        return await answer(office, "invoice", await drafting.credit(office, document_id, facts), response)


@shelves.route("POST", "/{document_id}/corrections", only="invoices", **_NEW)
async def correct_invoice(desk: DeskDep, document_id: UUID, response: Response) -> Dossier:
    """The draft of the invoice that replaces an issued one (facture rectificative), with its content."""
    async with desk.open() as office:
        return await answer(office, "invoice", await drafting.correct(office, document_id), response)


@shelves.route("POST", "/{document_id}/amendments", only="quotes", **_NEW)
async def amend_quote(desk: DeskDep, document_id: UUID, response: Response) -> Dossier:
    """The empty draft of an amendment (avenant) to a signed quote."""
    async with desk.open() as office:
        return await answer(office, "quote", await drafting.amend(office, document_id), response)


@shelves.route("POST", "/{document_id}/duplicates", **_NEW)
async def duplicate(desk: DeskDep, shelf: ShelfDep, document_id: UUID, response: Response) -> Dossier:
    """A new draft for the same client with the same lines, of a document in any state."""
    async with desk.open() as office:
        return await answer(office, shelf, await drafting.copy(office, shelf, document_id), response)
