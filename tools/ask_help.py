"""ask_help: the artisan greets or asks how something works."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class AskHelpArgs(Args):
    """``topic``: hello, help, explain_vat, explain_total …"""

    topic: str | None = None


async def ask_help(context: TurnContext, args: AskHelpArgs) -> str:
    context.report("help", topic=args.topic)
    return "noted"


TOOL = define(
    "ask_help", "The artisan greets, asks for help or for an explanation.", AskHelpArgs, Effect.DIALOGUE, ask_help
)
