"""remove_line_item: takes a line off the draft."""

from __future__ import annotations

from services.documents import drafts
from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines


class RemoveLineItemArgs(drafts.LineTarget, Args):
    """Which line: ``line`` (number), ``match`` (words) or ``match_value`` (a number it carries)."""


async def remove_line_item(context: TurnContext, args: RemoveLineItemArgs) -> str:
    document = context.editable_lines()
    for line in find_lines(document, args):
        drafts.remove_line(document, line)
    context.refresh_vat()
    return "line removed"


TOOL = define("remove_line_item", "Remove a line from the draft.", RemoveLineItemArgs, Effect.DRAFT, remove_line_item)
