"""deny: the artisan says no to what was asked."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class DenyArgs(Args):
    """No argument."""


async def deny(context: TurnContext, args: DenyArgs) -> str:
    context.report("denied")
    return "noted"


TOOL = define("deny", "The artisan says no or stop.", DenyArgs, Effect.DIALOGUE, deny)
