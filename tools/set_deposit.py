"""set_deposit: a deposit invoice; not offered yet, said plainly."""

from __future__ import annotations

from decimal import Decimal

from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetDepositArgs(Args):
    """``percent`` or ``amount`` (EUR) of the deposit."""

    percent: Decimal | None = None
    amount: Decimal | None = None


async def set_deposit(context: TurnContext, args: SetDepositArgs) -> str:
    raise ToolRefusal("kind_not_offered", document_kind="deposit")


TOOL = define("set_deposit", "Ask for a deposit (acompte).", SetDepositArgs, Effect.DRAFT, set_deposit)
