"""amend_quote: works added to a quote: an amendment to a signed one, a new version of one that is not signed (UX-49)."""

from __future__ import annotations

from uuid import UUID

from services.documents import service as documents
from services.documents.amendments import amendment_of
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import MOST_CHOICES, find_quotes, label
from tools.switch_draft import take_up


class AmendQuoteArgs(Args):
    """The quote by ``reference`` or ``client_name``; neither = the one at hand."""

    reference: str | None = None
    client_name: str | None = None


async def amend_quote(context: TurnContext, args: AmendQuoteArgs) -> str:
    document = context.desk.document
    if not args.reference and not args.client_name and document is not None and document.kind == "quote":
        if document.number is None:
            return "the draft at hand"
        await open_amendment(context, document.id)
        return f"amendment of {document.number}"
    found = await find_quotes(context, args.reference, args.client_name)
    if not found:
        raise ToolRefusal("quote_unknown", name=args.reference or args.client_name or "")
    if len(found) > 1:
        context.begin_document("quote")
        choices = [(f"amend:{row.id}", label(row, client)) for row, client in found[:MOST_CHOICES]]
        context.report("document_choice", choices=choices)
        return "several quotes"
    await open_amendment(context, found[0][0].id)
    return f"amendment of {found[0][0].number}"


async def open_amendment(context: TurnContext, quote_id: UUID) -> None:
    """An amendment draft when the quote is signed; else the quote itself, to become its next version.

    Lines already said for it in this turn stay on it.
    """
    quote = await documents.load(context.session, context.organization_id, "quote", quote_id)
    if quote.status != "accepted":
        await take_up(context, "quote", quote_id)
        return
    said = context.desk.document.lines if context.desk.document and context.desk.document.version == 0 else []
    if not said:
        await context.save()
    context.begin_document("quote")
    context.desk.document = amendment_of(quote)
    context.desk.document.lines = said
    context.memory.client_id = quote.buyer.client_id if quote.buyer else None
    context.report("started", document_kind="quote")


TOOL = define(
    "amend_quote",
    "Add works to a quote that was issued: an amendment (avenant) when it is signed. Lines follow with add_line_item.",
    AmendQuoteArgs,
    Effect.DRAFT,
    amend_quote,
)
