"""add_line_item: puts one line on the draft; a price that was not said comes from memory, with its source, or is asked."""

from __future__ import annotations

from services.documents import drafts, editing
from services.documents.lookup import remembered_price
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class AddLineItemArgs(drafts.LineSpec, Args):
    """A line as said. Amounts in EUR; nothing that was not said. ``total`` = price of the whole line."""


async def add_line_item(context: TurnContext, args: AddLineItemArgs) -> str:
    document = context.editable()
    editing.require_new_lines(document)
    line = drafts.add_line(
        document,
        args,
        language=context.language,
        default_mode=context.default_price_mode,  # type: ignore[arg-type]
    )
    unread = (args.doubt or "").startswith("unread")  # a price stands on the paper: an older one is no guess at it
    if line.unit_price is None and not unread:
        price = await remembered_price(
            context.session, context.organization_id, line.description, said=line.said, unit=args.unit
        )
        if price is not None:
            line.unit_price, line.price_mode = price.unit_price, price.price_mode  # type: ignore[assignment]
            if args.unit is None and price.unit:
                line.unit = price.unit
                line.quantity = args.quantity if price.unit in drafts.MEASURED else line.quantity
            line.doubt = f"price_memory:{price.client or price.number}|{price.on}"
    if document.quote_id is not None and document.kind in ("invoice", "balance", "progress"):
        drafts.mark_outside_quote(line)
    context.refresh_vat()
    return f"line {line.position}: {line.description}"


TOOL = define(
    "add_line_item",
    "Add one line to the draft. One call per line. Never compute or invent a number.",
    AddLineItemArgs,
    Effect.DRAFT,
    add_line_item,
)
