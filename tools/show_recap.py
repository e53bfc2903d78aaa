"""show_recap: the artisan wants to see the whole draft."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class ShowRecapArgs(Args):
    """No argument."""


async def show_recap(context: TurnContext, args: ShowRecapArgs) -> str:
    context.report("recap_wanted")
    return "noted"


TOOL = define("show_recap", "Show the draft again.", ShowRecapArgs, Effect.DIALOGUE, show_recap)
