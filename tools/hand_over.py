"""hand_over: the artisan wants a human (UX-86)."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class HandOverArgs(Args):
    """No argument."""


async def hand_over(context: TurnContext, args: HandOverArgs) -> str:
    context.report("handed_over")
    return "noted"


TOOL = define("hand_over", "The artisan wants to talk to a human.", HandOverArgs, Effect.DIALOGUE, hand_over)
