"""confirm: the artisan says yes to what was asked."""

from __future__ import annotations

from typing import Literal

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class ConfirmArgs(Args):
    """``gate``: what he says yes to, when his word names it."""

    gate: Literal["issue", "send"] | None = None


async def confirm(context: TurnContext, args: ConfirmArgs) -> str:
    context.report("confirmed", gate=args.gate)
    return "noted"


TOOL = define("confirm", "The artisan plainly says yes, without any change.", ConfirmArgs, Effect.DIALOGUE, confirm)
