"""skip: the artisan does not know or does not want to say."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SkipArgs(Args):
    """No argument."""


async def skip(context: TurnContext, args: SkipArgs) -> str:
    context.report("skipped")
    return "noted"


TOOL = define("skip", "The artisan does not know or wants to skip the question.", SkipArgs, Effect.DIALOGUE, skip)
