"""set_vat: a VAT rate that the artisan says himself, for a line or for the whole document (UX-25: he is responsible)."""

from __future__ import annotations

from decimal import Decimal

from services.documents import drafts
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines

RATES = {Decimal(rate) for rate in ("20", "10", "5.5", "8.5", "2.1", "0")}


class SetVatArgs(Args):
    """``rate`` in percent ("10", "5.5"); ``line`` or ``match`` for one line, none for all."""

    rate: Decimal
    line: int | None = None
    match: str | None = None


async def set_vat(context: TurnContext, args: SetVatArgs) -> str:
    document = context.editable()
    if args.rate not in RATES:
        raise ToolRefusal("vat_rate_unknown", rate=args.rate)
    if context.seller.vat_regime == "franchise" and args.rate:
        raise ToolRefusal("vat_franchise")
    one = args.line is not None or args.match is not None
    target = drafts.LineTarget(line=args.line, match=args.match)
    for line in find_lines(document, target) if one else document.lines:
        line.vat_rate_said = args.rate
    context.refresh_vat()
    context.report("vat_set", rate=args.rate)
    return f"VAT {args.rate} %"


TOOL = define(
    "set_vat", "Set the VAT rate of a line or of the document, only when said.", SetVatArgs, Effect.DRAFT, set_vat
)
