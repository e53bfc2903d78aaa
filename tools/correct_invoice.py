"""correct_invoice: prepares the invoice that replaces an issued one (facture rectificative, legal.md 58)."""

from __future__ import annotations

from uuid import UUID

from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import about_invoice, choice_of_invoices, find_invoices, settle


class CorrectInvoiceArgs(Args):
    """The invoice by ``reference`` or ``client_name``; neither = the one at hand."""

    reference: str | None = None
    client_name: str | None = None


async def correct_invoice(context: TurnContext, args: CorrectInvoiceArgs) -> str:
    found = await find_invoices(context, args.reference, args.client_name)
    if not found:
        raise ToolRefusal("invoice_unknown", name=args.reference or args.client_name or "")
    if len(found) > 1:
        context.begin_document("corrective")
        choice_of_invoices(context, "corrective", found)
        return "several invoices"
    await open_correction(context, found[0][0].id)
    return f"correction of {found[0][0].number}"


async def open_correction(context: TurnContext, invoice_id: UUID) -> None:
    """A corrective draft with the content of the invoice, to be changed."""
    await about_invoice(context, "corrective", invoice_id)
    await settle(context)


TOOL = define(
    "correct_invoice",
    "Prepare a corrected invoice (facture rectificative) that replaces an issued one.",
    CorrectInvoiceArgs,
    Effect.DRAFT,
    correct_invoice,
)
