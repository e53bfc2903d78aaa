"""update_line_item: corrects a line, found by its number, its words or a number it carries (UX-47)."""

from __future__ import annotations

from decimal import Decimal

from services.documents import drafts
from services.documents.schemas import PriceMode
from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines


class UpdateLineItemArgs(Args):
    """Which line: ``line`` (number), ``match`` (words) or ``match_value`` (a number it carries); then what changes."""

    line: int | None = None
    match: str | None = None
    match_value: Decimal | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    total: Decimal | None = None
    price_mode: PriceMode | None = None
    vat_rate: Decimal | None = None


async def update_line_item(context: TurnContext, args: UpdateLineItemArgs) -> str:
    document = context.editable()
    target = drafts.LineTarget(line=args.line, match=args.match, match_value=args.match_value)
    change = drafts.LineChange(**args.model_dump(exclude={"line", "match", "match_value"}))
    for line in find_lines(document, target, change):
        above = [other.said for other in document.lines if other.position < line.position]
        drafts.change_line(line, change, language=context.language, before=above)
    context.refresh_vat()
    return "line changed"


TOOL = define(
    "update_line_item",
    "Correct a line of the draft: quantity, unit, price, wording or VAT rate.",
    UpdateLineItemArgs,
    Effect.DRAFT,
    update_line_item,
)
