"""set_discount: a percentage, an amount, or a total to reach, on the whole document (UX-24, UX-26)."""

from __future__ import annotations

from decimal import Decimal

from services.documents.schemas import Discount, PriceMode
from services.documents.totals import compute_totals
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetDiscountArgs(Args):
    """One of ``percent``, ``amount`` (EUR), ``target_total`` (EUR); ``remove`` takes the discount away."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    target_total: Decimal | None = None
    price_mode: PriceMode | None = None
    remove: bool = False


async def set_discount(context: TurnContext, args: SetDiscountArgs) -> str:
    document = context.editable_lines()
    if args.remove:
        document.discount = None
        return "discount removed"
    if args.percent is None and args.amount is None and args.target_total is None:
        raise ToolRefusal("discount_how_much")
    earlier, mode = document.discount, args.price_mode or ("ttc" if args.target_total is not None else "ht")
    document.discount = Discount(
        percent=args.percent, amount=args.amount, target_total=args.target_total, price_mode=mode
    )
    context.refresh_vat()
    if document.lines and compute_totals(document).discount_refused:
        document.discount = earlier
        raise ToolRefusal("discount_impossible", total=compute_totals(document).total)
    return "discount set"


TOOL = define(
    "set_discount",
    "Give a discount on the document: percent, amount, or a total to reach. Only numbers that were said.",
    SetDiscountArgs,
    Effect.DRAFT,
    set_discount,
)
