"""update_line_item: corrects a line, found by its number, its words or a number it carries (UX-47)."""

from __future__ import annotations

from services.documents import drafts
from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines


class UpdateLineItemArgs(drafts.LineChange, drafts.LineTarget, Args):
    """Which line: ``line`` (number), ``match`` (words) or ``match_value`` (a number it carries); then what changes."""


async def update_line_item(context: TurnContext, args: UpdateLineItemArgs) -> str:
    document = context.editable_lines()
    for line in find_lines(document, args, args):
        above = [other.said for other in document.lines if other.position < line.position]
        drafts.change_line(line, args, language=context.language, before=above)
    context.refresh_vat()
    return "line changed"


TOOL = define(
    "update_line_item",
    "Correct a line of the draft: quantity, unit, price, wording or VAT rate.",
    UpdateLineItemArgs,
    Effect.DRAFT,
    update_line_item,
)
