"""deny: the artisan says no or stop; with no question open, that stops what is about to leave, or has just left (UX-45, R059)."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class DenyArgs(Args):
    """No argument."""


async def deny(context: TurnContext, args: DenyArgs) -> str:
    if context.memory.awaiting is None:
        if await context.stop_sending(context.desk.document):
            return "nothing was sent"
        if await context.withdraw(context.desk.document):
            return "what has left is being taken back"
    context.report("denied")
    return "noted"


TOOL = define("deny", "The artisan says no or stop.", DenyArgs, Effect.DIALOGUE, deny)
