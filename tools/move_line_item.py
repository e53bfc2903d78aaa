"""move_line_item: changes the order of the lines."""

from __future__ import annotations

from services.documents import drafts
from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines


class MoveLineItemArgs(Args):
    """``line`` = its number now, ``to`` = its number afterwards (1 = first)."""

    line: int
    to: int


async def move_line_item(context: TurnContext, args: MoveLineItemArgs) -> str:
    document = context.editable_lines()
    (line,) = find_lines(document, drafts.LineTarget(line=args.line))
    drafts.move_line(document, line, args.to)
    context.report("recap_wanted")
    return "line moved"


TOOL = define("move_line_item", "Move a line to another place.", MoveLineItemArgs, Effect.DRAFT, move_line_item)
