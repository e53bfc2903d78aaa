"""set_deposit: the share of a deposit invoice, or the deposit that a quote asks for at the order (legal.md 53)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from services.documents import editing
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetDepositArgs(Args):
    """``percent`` of the quote or ``amount`` (EUR incl. VAT) of the deposit; one of them."""

    percent: Decimal | None = Field(default=None, gt=0, le=100)
    amount: Decimal | None = Field(default=None, gt=0)


async def set_deposit(context: TurnContext, args: SetDepositArgs) -> str:
    if args.percent is None and args.amount is None:
        raise ToolRefusal("deposit_how_much")
    editing.set_deposit(context.editable("deposit"), args.percent, args.amount)
    context.report("deposit_set", percent=args.percent, amount=args.amount)
    return f"deposit {args.percent or args.amount}"


TOOL = define(
    "set_deposit",
    "Set the deposit (acompte): of a deposit invoice, or asked for at the order of a quote. Only numbers that were said.",
    SetDepositArgs,
    Effect.DRAFT,
    set_deposit,
)
