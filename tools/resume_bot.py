"""resume_bot: the artisan takes the assistant back after a human (UX-86)."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class ResumeBotArgs(Args):
    """No argument."""


async def resume_bot(context: TurnContext, args: ResumeBotArgs) -> str:
    context.report("resumed")
    return "noted"


TOOL = define("resume_bot", "Go on with the assistant.", ResumeBotArgs, Effect.DIALOGUE, resume_bot)
