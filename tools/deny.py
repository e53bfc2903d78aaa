"""deny: the artisan says no or stop; with no question open, that stops what is about to leave (UX-45)."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class DenyArgs(Args):
    """No argument."""


async def deny(context: TurnContext, args: DenyArgs) -> str:
    if context.memory.awaiting is None and await context.stop_sending(context.desk.document):
        return "nothing was sent"
    context.report("denied")
    return "noted"


TOOL = define("deny", "The artisan says no or stop.", DenyArgs, Effect.DIALOGUE, deny)
