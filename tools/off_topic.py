"""off_topic: the message is not about quotes, invoices or clients (UX-94)."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class OffTopicArgs(Args):
    """No argument."""


async def off_topic(context: TurnContext, args: OffTopicArgs) -> str:
    context.report("off_topic")
    return "noted"


TOOL = define(
    "off_topic",
    "The message has nothing to do with quotes, invoices or clients.",
    OffTopicArgs,
    Effect.DIALOGUE,
    off_topic,
)
