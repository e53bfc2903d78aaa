"""Drafts in the hands of the office: opened at the version that was read, changed, derived anew, stored as a version.

The rules of a change are those of the chat (``services.documents.editing``), and so is the row. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.repositories import documents as repository
from db.repositories import sessions as people
from db.repositories.accounts import get_organization
from services.accounts.service import seller_of
from services.documents import beginnings, content, drafts, editing, follow_ups
from services.documents import service as documents
from services.documents.amendments import amendment_of
from services.documents.editing import EditRefused
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, DocumentKind, Line, Seller
from services.documents.totals import compute_totals
from services.messaging import outbox
from services.office import header
from services.office.schemas import CreditFacts, DraftFacts, LineFacts, LineFactsChange, NewDraft, NewFollowUp

Shelf = Literal["quote", "invoice"]
"""Where a document stands: among the quotes, or among the invoices of every kind."""
MOST = Decimal(10) ** 10
"""EUR: amounts below this fit into their columns (numeric 12,2)."""


@dataclass
class Office:
    """Somebody of the firm at work in one transaction: ``user_id`` is None for programs and for the installation."""

    session: AsyncSession
    organization: Organization
    seller: Seller
    now: datetime
    user_id: UUID | None = None

    @property
    def id(self) -> UUID:
        return self.organization.id

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def default_rate(self) -> Decimal:
        return self.organization.default_vat_rate


async def office_of(session: AsyncSession, organization_id: UUID, user_id: UUID | None, now: datetime) -> Office:
    """The office of a company, on whose behalf ``user_id`` signs. ``now`` is in the company's own time zone."""
    organization = await get_organization(session, organization_id)
    user = await people.user_of(session, organization_id, user_id) if user_id else None
    return Office(session, organization, seller_of(organization, user), now, user_id)


async def take(office: Office, shelf: Shelf, document_id: UUID, version: int | None = None) -> Document:
    """A document to be changed, its row locked. Raises ``NotFound``, ``Outdated`` unless ``version`` is the current
    one, ``EditRefused`` (``draft_discarded``).
    """
    row = await repository.get_row(office.session, office.id, shelf, document_id, lock=True)
    if row is None:
        raise documents.NotFound(str(document_id))
    if version is not None and row.version != version:
        raise documents.Outdated(str(document_id))
    if row.status == "cancelled" and row.number is None:
        raise EditRefused("draft_discarded")
    return await documents.load(office.session, office.id, shelf, document_id)


async def keep(office: Office, document: Document, before: Document | None = None) -> Document:
    """Derives, rates and stores a draft as a new version, unless it says what it said ``before``.

    Raises ``FollowUpRefused`` and ``EditRefused`` (``amount_too_large``). A copy of the former state that waits for its
    client is held back.
    """
    if document.number is None:
        await follow_ups.fill(office.session, office.id, document, today=office.today)
    drafts.apply_vat(document, office.seller, office.default_rate, office.today)
    if before is not None and content.same_content(before, document):
        return document
    _require_storable(document)
    await documents.save(office.session, office.id, document, user_id=office.user_id)
    if document.number is not None:
        await outbox.cancel_held(office.session, office.id, document.id)
    return document


def _require_storable(document: Document) -> None:
    totals = compute_totals(document)
    amounts = [
        totals.lines_total,
        totals.total,
        totals.vat_total,
        *(line.total_ht or Decimal() for line in totals.lines),
    ]
    if any(abs(amount) >= MOST for amount in amounts):
        raise EditRefused("amount_too_large")


def _new(office: Office, kind: DocumentKind) -> Document:
    return documents.new_document(
        kind,
        validity_days=office.organization.quote_validity_days,
        due_days=office.organization.payment_terms_days,
    )


async def create(office: Office, shelf: Shelf, facts: NewDraft) -> Document:
    """A new quote, or an invoice without a quote. Raises ``ClientUnknown``, ``EditRefused``, ``FollowUpRefused``."""
    document = _new(office, shelf)
    _write_lines(office, document, facts.lines)
    await header.write(office, document, facts, _whole(facts))
    return await keep(office, document)


async def follow(office: Office, quote_id: UUID, facts: NewFollowUp) -> Document:
    """The draft of an invoice, deposit, situation or balance of an issued quote."""
    quote = await _issued(office, "quote", quote_id)
    if quote.status in ("rejected", "cancelled", "superseded"):
        raise FollowUpRefused("quote_refused", number=quote.number)
    document = _new(office, facts.type)
    if facts.lines:
        editing.require_new_lines(document)
        _write_lines(office, document, facts.lines)
    beginnings.follow(document, quote)
    await header.write(office, document, facts, _whole(facts))
    return await keep(office, document)


async def credit(office: Office, invoice_id: UUID, facts: CreditFacts) -> Document:
    """The draft of a credit note on an issued invoice, on all of it or a part (legal.md 57)."""
    document = _new(office, "credit_note")
    beginnings.correct(document, await _issued(office, "invoice", invoice_id))
    header.take_back(document, facts)
    return await keep(office, document)


async def correct(office: Office, invoice_id: UUID) -> Document:
    """The draft of the invoice that replaces an issued one, with its content, to be changed (legal.md 58)."""
    document = _new(office, "corrective")
    beginnings.correct(document, await _issued(office, "invoice", invoice_id))
    return await keep(office, document)


async def amend(office: Office, quote_id: UUID) -> Document:
    """An empty amendment to a signed quote (UX-49). Raises ``EditRefused`` (``quote_not_signed``): others change."""
    quote = await _issued(office, "quote", quote_id)
    if quote.status != "accepted":
        raise EditRefused("quote_not_signed", number=quote.number)
    return await keep(office, amendment_of(quote))


async def copy(office: Office, shelf: Shelf, document_id: UUID) -> Document:
    """A new quote or invoice for the same client with the same lines, to be looked at again (UX-51)."""
    model = await documents.load(office.session, office.id, shelf, document_id)
    document = _new(office, shelf)
    document.buyer, document.site = model.buyer, model.site.model_copy(deep=True)
    document.notes = list(model.notes)
    document.deposit_percent, document.deposit_amount = (
        (model.deposit_percent, model.deposit_amount) if shelf == "quote" else (None, None)
    )
    beginnings.copy_lines(document, model)
    for line in document.lines:
        line.progress, line.outside_quote = None, False
    return await keep(office, document)


async def _issued(office: Office, shelf: Shelf, document_id: UUID) -> Document:
    document = await documents.load(office.session, office.id, shelf, document_id)
    if document.number is None:
        raise FollowUpRefused("quote_not_issued" if shelf == "quote" else "original_needed")
    return document


def _whole(facts: DraftFacts) -> dict[str, Any]:
    given = facts.given()
    return {name: value for name, value in given.items() if name not in ("lines", "type") and value is not None}


async def change(office: Office, shelf: Shelf, document_id: UUID, facts: DraftFacts) -> Document:
    """Writes the facts that are given on the head of a draft, or of an issued quote that is not signed yet."""
    document = await take(office, shelf, document_id)
    before = document.model_copy(deep=True)
    editing.require_open(document)
    await header.write(office, document, facts, facts.given())
    return await keep(office, document, before)


async def add_lines(office: Office, shelf: Shelf, document_id: UUID, lines: Sequence[LineFacts]) -> Document:
    """Adds lines at the end; on what follows a quote they are works outside it."""
    document = await take(office, shelf, document_id)
    editing.require_new_lines(document)
    _write_lines(office, document, lines)
    return await keep(office, document)


async def replace_lines(office: Office, shelf: Shelf, document_id: UUID, lines: Sequence[LineFacts]) -> Document:
    """Writes all lines anew."""
    document = await take(office, shelf, document_id)
    before = document.model_copy(deep=True)
    editing.require_own_lines(document)
    document.lines = []
    _write_lines(office, document, lines)
    return await keep(office, document, before)


async def change_line(office: Office, shelf: Shelf, document_id: UUID, key: str, facts: LineFactsChange) -> Document:
    """Changes one line, found by its key, or moves it."""
    document = await take(office, shelf, document_id)
    before = document.model_copy(deep=True)
    line, given = _line(document, key), facts.given()
    percent = given.pop("progress_percent", None)
    if percent is not None:
        editing.set_progress(document, percent, [line])
    if given:
        editing.require_own_lines(document)
    to = given.pop("position", None)
    _change(line, facts, given)
    if to is not None:
        drafts.move_line(document, line, to)
    return await keep(office, document, before)


async def remove_line(office: Office, shelf: Shelf, document_id: UUID, key: str) -> Document:
    """Takes a line away."""
    document = await take(office, shelf, document_id)
    editing.require_own_lines(document)
    drafts.remove_line(document, _line(document, key))
    return await keep(office, document)


async def restore(office: Office, shelf: Shelf, document_id: UUID, to: int | None) -> Document:
    """Goes back to the content of version ``to``, or of the one before: itself a new version, so that it can be undone.

    Raises ``EditRefused``: ``nothing_to_undo``, and for what is issued.
    """
    document = await take(office, shelf, document_id)
    if document.number is not None:
        raise EditRefused("issued_already", number=document.number)
    base = document.version if to is None else to + 1
    earlier = await documents.undo(office.session, office.id, document, base) if base > 1 else None
    if earlier is None:
        raise EditRefused("nothing_to_undo")
    return await keep(office, earlier)


async def discard(office: Office, shelf: Shelf, document_id: UUID) -> None:
    """Gives a draft up; its content stays stored. Refused for what is issued: that is credited, or replaced."""
    document = await take(office, shelf, document_id)
    if document.number is not None:
        raise EditRefused("issued_already", number=document.number)
    await documents.cancel_draft(office.session, office.id, document)


def _line(document: Document, key: str) -> Line:
    found = next((line for line in document.lines if line.key == key), None)
    if found is None:
        raise EditRefused("line_unknown", key=key)
    return found


def _write_lines(office: Office, document: Document, lines: Sequence[LineFacts]) -> None:
    mode = office.organization.default_price_mode
    for facts in lines:
        said = facts.model_dump(exclude={"discount_percent", "discount_amount"})
        line = drafts.write_line(document, drafts.LineSpec(**said), default_mode=mode)  # type: ignore[arg-type]
        line.discount_percent, line.discount_amount = _line_discount(facts)
        if document.quote_id is not None and document.kind in ("invoice", "balance", "progress"):
            drafts.mark_outside_quote(line)


def _line_discount(facts: LineFacts) -> tuple[Decimal | None, Decimal | None]:
    if facts.discount_percent:
        return facts.discount_percent, None
    return None, facts.discount_amount or None


def _change(line: Line, facts: LineFactsChange, given: dict[str, Any]) -> None:
    """Writes what is given; a description is printed as it was typed."""
    if given.get("description"):
        line.description = line.chat_label = line.said = given["description"]
    said = {name: given.get(name) for name in ("quantity", "unit", "unit_price", "total", "price_mode", "vat_rate")}
    drafts.change_line(line, drafts.LineChange(**said), language="fr")
    if "section" in given:
        line.section = given["section"]
    if "vat_rate" in given:
        line.vat_rate_said = given["vat_rate"]
    if "discount_percent" in given or "discount_amount" in given:
        line.discount_percent, line.discount_amount = _line_discount(facts)
