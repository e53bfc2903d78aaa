"""set_vat: a VAT rate that the artisan says himself, for a line or for the whole document (UX-25: he is responsible)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.documents import drafts
from services.documents.amounts import rate_text
from services.documents.schemas import Document, Line
from services.documents.vat_rates import rates_of, territory_of
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines


class SetVatArgs(Args):
    """``rate`` in percent ("10", "5.5"); ``line`` or ``match`` for one line, none for all."""

    rate: Decimal
    line: int | None = None
    match: str | None = None


async def set_vat(context: TurnContext, args: SetVatArgs) -> str:
    document = context.editable_lines()
    one = args.line is not None or args.match is not None
    target = drafts.LineTarget(line=args.line, match=args.match)
    lines = find_lines(document, target) if one else document.lines
    _check(context, document, lines, args.rate)
    for line in lines:
        line.vat_rate_said = args.rate or None
    context.refresh_vat()
    context.report("vat_set", rate=args.rate)
    return f"VAT {args.rate} %"


def _check(context: TurnContext, document: Document, lines: Sequence[Line], rate: Decimal) -> None:
    """Refuses a rate that the place does not have; nothing at all needs a reason, which the artisan has to tell."""
    if document.kind not in ("quote", "invoice"):
        raise ToolRefusal("vat_follows", number=document.quote_number)
    if not rate:
        if context.seller.vat_regime != "franchise" and any(line.vat_category == "S" for line in lines):
            raise ToolRefusal("vat_zero")
        return
    if context.seller.vat_regime == "franchise":
        raise ToolRefusal("vat_franchise")
    territory = territory_of(context.seller, document.buyer, document.site, context.default_vat_rate)
    allowed = rates_of(territory, document.start_date or context.now.date()).all
    if not allowed:
        raise ToolRefusal("vat_untaxed")
    if rate not in allowed:
        known = [rate_text(one, context.language) for one in sorted(allowed, reverse=True)]  # type: ignore[arg-type]
        raise ToolRefusal("vat_rate_unknown", rate=rate_text(rate, context.language), rates=known)  # type: ignore[arg-type]


TOOL = define(
    "set_vat", "Set the VAT rate of a line or of the document, only when said.", SetVatArgs, Effect.DRAFT, set_vat
)
