"""link_quote: makes the invoice of an existing quote: same client, same lines (R123)."""

from __future__ import annotations

from services.documents import drafts
from services.documents import service as documents
from services.documents.lookup import find_document
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.start_document import StartDocumentArgs, start_document


class LinkQuoteArgs(Args):
    """The quote by ``reference`` or by ``client_name``; neither = the newest issued quote."""

    reference: str | None = None
    client_name: str | None = None


async def link_quote(context: TurnContext, args: LinkQuoteArgs) -> str:
    if context.desk.document is None or context.desk.document.kind != "invoice":
        await start_document(context, StartDocumentArgs(kind="invoice"))
    document = context.editable()
    name = args.client_name or (document.buyer.name if document.buyer and not args.reference else None)
    row = await find_document(
        context.session,
        context.organization_id,
        reference=args.reference,
        client_name=name,
        kind="quote",
        statuses=("issued", "sent", "accepted"),
    )
    if row is None or row.number is None:
        raise ToolRefusal("quote_unknown", name=name or args.reference or "")
    quote = await documents.load(context.session, context.organization_id, "quote", row.id)
    document.quote_id, document.quote_number = quote.id, quote.number
    document.buyer, document.site = quote.buyer, quote.site
    extra = document.lines
    for line in extra:
        drafts.mark_outside_quote(line)
    document.lines = [line.model_copy(update={"doubt": None}) for line in quote.lines] + extra
    drafts.renumber(document)
    document.discount = quote.discount
    context.memory.client_id = quote.buyer.client_id if quote.buyer else None
    context.refresh_vat()
    context.report("linked", number=quote.number)
    return f"invoice of {quote.number}"


TOOL = define(
    "link_quote",
    "Make the invoice from an existing quote, found by number or client.",
    LinkQuoteArgs,
    Effect.DRAFT,
    link_quote,
)
