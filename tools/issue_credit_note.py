"""issue_credit_note: opens a credit note on an issued invoice, on all of it or on a part (legal.md 57).

It is shown first; only the artisan's word for that recap issues it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import Field

from services.documents import drafts
from services.documents import service as documents
from services.documents.schemas import Document, PriceMode
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import about_invoice, choice_of_invoices, find_invoices
from tools.lines import find_lines


class IssueCreditNoteArgs(Args):
    """The invoice by ``reference`` or ``client_name``; a part by ``amount`` (EUR incl. VAT), ``percent``, ``line``, ``match``."""

    reference: str | None = None
    client_name: str | None = None
    amount: Decimal | None = Field(default=None, gt=0)
    price_mode: PriceMode | None = None
    percent: Decimal | None = Field(default=None, gt=0, le=100)
    line: int | None = None
    match: str | None = None


SCOPE = ("amount", "percent", "line", "match")


async def issue_credit_note(context: TurnContext, args: IssueCreditNoteArgs) -> str:
    scope = args.model_dump(mode="json", include=set(SCOPE), exclude_none=True)
    document = context.desk.document
    draft = document is not None and document.kind == "credit_note" and document.number is None
    if draft and document is not None and document.corrects and not args.reference and not args.client_name:
        await take_back(context, document.corrects.id, scope)
        return "the part that is taken back"
    if args.amount is not None and args.price_mode == "ht":
        raise ToolRefusal("credit_incl_vat")
    found = await find_invoices(context, args.reference, args.client_name)
    if not found:
        raise ToolRefusal("invoice_unknown", name=args.reference or args.client_name or "")
    if len(found) > 1:
        context.begin_document("credit_note")
        context.memory.pending_credit = scope
        choice_of_invoices(context, "credit_note", found)
        return "several invoices"
    await open_credit(context, found[0][0].id, scope)
    return f"credit note on {found[0][0].number}"


async def open_credit(context: TurnContext, invoice_id: UUID, scope: dict[str, Any]) -> None:
    """A credit note draft on this invoice."""
    await about_invoice(context, "credit_note", invoice_id)
    await take_back(context, invoice_id, scope)


async def take_back(context: TurnContext, invoice_id: UUID | None, scope: dict[str, Any]) -> None:
    """Notes which part is taken back; the services derive the lines from it."""
    document = context.desk.document
    assert document is not None and invoice_id is not None
    document.credit_amount = document.credit_percent = None
    document.credit_lines, document.lines = [], []
    if scope.get("amount") is not None:
        document.credit_amount = Decimal(scope["amount"])
    elif scope.get("percent") is not None:
        document.credit_percent = Decimal(scope["percent"])
    elif scope.get("line") is not None or scope.get("match"):
        invoice = await documents.load(context.session, context.organization_id, "invoice", invoice_id)
        document.credit_lines = _positions(invoice, scope)


def _positions(invoice: Document, scope: dict[str, Any]) -> list[int]:
    target = drafts.LineTarget(line=scope.get("line"), match=scope.get("match"))
    return [line.position for line in find_lines(invoice, target)]


TOOL = define(
    "issue_credit_note",
    "Prepare a credit note (avoir) on an issued invoice: all of it, an amount, a percentage or one line.",
    IssueCreditNoteArgs,
    Effect.DRAFT,
    issue_credit_note,
)
