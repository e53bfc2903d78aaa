"""Documents that follow others: which quote or invoice is meant, and what the draft takes over from it.

Amounts, VAT rows and what may still be asked for are the services' business (``follow_ups``, ``ledger``).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from db.models import Client, Invoice, Quote
from db.repositories.documents import get_row
from services.clients import service as clients
from services.documents import beginnings, follow_ups
from services.documents import service as documents
from services.documents.lookup import creditable_invoices, find_document, followable_quotes
from services.documents.schemas import Document
from tools.context import Desk, ToolRefusal, TurnContext

ON_QUOTE = frozenset(["deposit", "progress", "balance"])
"""Kinds that cannot stand without the quote they follow."""
MOST_CHOICES = 5


async def settle(context: TurnContext) -> None:
    """Before the next step is decided: finds what the draft follows, and derives it anew from there.

    Reports ``document_choice`` when several are possible, and a refusal when none is, or when the
    services refuse what was said.
    """
    if context.reported("no_follow_up"):
        _drop_unsaved(context)
    document = context.desk.document
    if document is None or document.number is not None or context.memory.pending_client:
        return
    if document.kind in ON_QUOTE and document.quote_id is None:
        await _find_quote(context, document)
        if context.reported("no_follow_up"):
            _drop_unsaved(context)
    document = context.desk.document
    if document is None or not _derived(document):
        return
    try:
        context.account = await follow_ups.fill(
            context.session,
            context.organization_id,
            document,
            today=context.now.date(),
            language=context.language,  # type: ignore[arg-type]
        )
    except follow_ups.FollowUpRefused as refusal:
        if refusal.code in ("deposit_needed", "progress_needed"):
            return  # that is the next question
        context.report("refused", key=f"follow_up_{refusal.code}", values=refusal.values)
        context.report("follow_up_refused", code=refusal.code)
        if refusal.code in ("nothing_left", "original_cancelled", "quote_refused"):
            _drop_unsaved(context)
        return
    context.accepted_on = context.account.accepted_on if context.account else None
    context.invoice_left = await _left_of(context, document)


async def _left_of(context: TurnContext, document: Document) -> Decimal | None:
    """What the corrected invoice still asks for, EUR incl. VAT, before this document."""
    if document.corrects is None or document.corrects.id is None:
        return None
    row = await get_row(context.session, context.organization_id, "invoice", document.corrects.id)
    assert isinstance(row, Invoice)
    return row.amount_due - row.credited_amount - row.paid_amount


def _derived(document: Document) -> bool:
    return document.quote_id is not None or document.corrects is not None


async def _find_quote(context: TurnContext, document: Document) -> None:
    """The quote of the client at hand, or the only one that is open at all."""
    client_id = document.buyer.client_id if document.buyer else None
    found = await followable_quotes(context.session, context.organization_id, client_id=client_id)
    await take_one(context, found, document.buyer.name if document.buyer else None)


async def take_one(context: TurnContext, found: Sequence[tuple[Quote, Client | None]], name: str | None) -> None:
    """Follows the only quote; reports the choice between several, or that there is none."""
    if len(found) == 1:
        await follow_quote(context, found[0][0].id)
    elif found:
        choices = [(f"quote:{row.id}", label(row, client)) for row, client in found[:MOST_CHOICES]]
        context.report("document_choice", choices=choices)
    else:
        kind = context.desk.document.kind if context.desk.document else "invoice"
        context.report("refused", key="no_quote_to_follow", values={"name": name or "", "document_kind": kind})
        context.report("no_follow_up")


def label(row: Quote | Invoice, client: Client | None) -> str:
    """ "Petit, DEVIS-2026-0012": at most 30 characters (UX-53)."""
    number = row.number or ""
    name = (client.name if client else "")[: max(0, 28 - len(number))]
    return f"{name} {number}".strip()


def _drop_unsaved(context: TurnContext) -> None:
    """Nothing came of the document that was begun in this turn."""
    document = context.desk.document
    if document is not None and document.version == 0:
        context.desk = Desk()


async def follow_quote(context: TurnContext, quote_id: UUID) -> Document:
    """Makes the draft at hand a follow-up of the quote: client, site and terms come from it."""
    quote = await documents.load(context.session, context.organization_id, "quote", quote_id)
    document = context.desk.document
    assert document is not None
    beginnings.follow(document, quote)
    context.memory.client_id = quote.buyer.client_id if quote.buyer else None
    context.refresh_vat()
    context.report("linked", number=quote.number, accepted=quote.status == "accepted")
    if document.kind == "invoice":
        await settle(context)  # what is said next may be about its lines
    return quote


async def find_quotes(
    context: TurnContext, reference: str | None, client_name: str | None
) -> list[tuple[Quote, Client | None]]:
    """The quotes that may be meant: the one with that number, or those of that client. Refuses on an unknown name."""
    if reference:
        row = await find_document(context.session, context.organization_id, reference=reference, kind="quote")
        return [(row, None)] if isinstance(row, Quote) and row.number else []
    client_id = await _client_id(context, client_name) if client_name else None
    return await followable_quotes(context.session, context.organization_id, client_id=client_id)


async def _client_id(context: TurnContext, name: str) -> UUID:
    client, _ = await clients.find(context.session, context.organization_id, name)
    if client is None:
        raise ToolRefusal("client_unknown", name=name)
    return client.id


async def find_invoices(
    context: TurnContext, reference: str | None, client_name: str | None
) -> list[tuple[Invoice, Client | None]]:
    """The issued invoices that may be meant, newest first; the one on the desk when nothing was said."""
    if reference:
        row = await find_document(context.session, context.organization_id, reference=reference, kind="invoice")
        return [(row, None)] if isinstance(row, Invoice) and row.number else []
    document = context.desk.document
    if (
        client_name is None
        and document is not None
        and document.number
        and document.kind not in ("quote", "credit_note")
    ):
        row = await find_document(context.session, context.organization_id, reference=document.number, kind="invoice")
        return [(row, None)] if isinstance(row, Invoice) else []
    client_id = await _client_id(context, client_name) if client_name else None
    return await creditable_invoices(context.session, context.organization_id, client_id=client_id)


async def about_invoice(context: TurnContext, kind: str, invoice_id: UUID) -> Document:
    """Puts a new credit note or corrective invoice about this invoice on the desk."""
    invoice = await documents.load(context.session, context.organization_id, "invoice", invoice_id)
    await context.save()
    context.begin_document(kind)  # type: ignore[arg-type]
    document = context.desk.document
    assert document is not None
    beginnings.correct(document, invoice)
    context.memory.client_id = invoice.buyer.client_id if invoice.buyer else None
    context.report("started", document_kind=document.kind)
    return invoice


def choice_of_invoices(
    context: TurnContext, kind: str, found: Sequence[tuple[Invoice, Client | None]], scope: str = ""
) -> None:
    """Reports the numbered choice between invoices; ``scope`` goes with the answer."""
    choices = [(f"{kind}:{row.id}{scope}", label(row, client)) for row, client in found[:MOST_CHOICES]]
    context.report("document_choice", choices=choices)
