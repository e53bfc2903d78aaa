"""link_quote: makes the draft the invoice of an existing quote: same client, same works (R123)."""

from __future__ import annotations

from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import find_quotes, follow_quote, take_one
from tools.start_document import StartDocumentArgs, start_document


class LinkQuoteArgs(Args):
    """The quote by ``reference`` or by ``client_name``; neither = the client's at hand, or the only open one."""

    reference: str | None = None
    client_name: str | None = None


async def link_quote(context: TurnContext, args: LinkQuoteArgs) -> str:
    if context.memory.pending_client:
        return "which client comes first"
    if context.desk.document is None or context.desk.document.kind == "quote":
        await start_document(context, StartDocumentArgs(kind="invoice"))
    document = context.editable()
    if document.quote_id is not None and not args.reference:
        return f"invoice of {document.quote_number} already"
    name = args.client_name or (document.buyer.name if document.buyer and not args.reference else None)
    found = await find_quotes(context, args.reference, name)
    if args.reference and not found:
        context.report("no_follow_up")
        raise ToolRefusal("quote_unknown", name=args.reference)
    if args.reference:
        await follow_quote(context, found[0][0].id)
    else:
        await take_one(context, found, name)
    return f"invoice of {document.quote_number}"


TOOL = define(
    "link_quote",
    "Make the invoice from an existing quote, found by number or client.",
    LinkQuoteArgs,
    Effect.DRAFT,
    link_quote,
)
