"""set_discount: a percentage, an amount, or a total to reach, on the whole document (UX-24, UX-26)."""

from __future__ import annotations

from decimal import Decimal

from services.documents import editing
from services.documents.schemas import Discount, PriceMode
from tools.context import TurnContext
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
    discount = None
    if not args.remove:
        mode = args.price_mode or ("ttc" if args.target_total is not None else "ht")
        discount = Discount(percent=args.percent, amount=args.amount, target_total=args.target_total, price_mode=mode)
    editing.set_discount(document, discount, context.seller, context.default_vat_rate, context.now.date())
    return "discount set" if discount else "discount removed"


TOOL = define(
    "set_discount",
    "Give a discount on the document: percent, amount, or a total to reach. Only numbers that were said.",
    SetDiscountArgs,
    Effect.DRAFT,
    set_discount,
)
