"""set_vat: a VAT rate that the artisan says himself, for a line or for the whole document (UX-25: he is responsible)."""

from __future__ import annotations

from decimal import Decimal

from services.documents import drafts, editing
from services.documents.amounts import rate_text
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
    try:
        editing.set_vat_rate(document, lines, args.rate, context.seller, context.default_vat_rate, context.now.date())
    except editing.EditRefused as refusal:
        if refusal.code != "vat_rate_unknown":
            raise
        rates = [rate_text(one, context.language) for one in refusal.values["rates"]]  # type: ignore[arg-type]
        rate = rate_text(args.rate, context.language)  # type: ignore[arg-type]
        raise ToolRefusal("vat_rate_unknown", rate=rate, rates=rates) from refusal
    context.report("vat_set", rate=args.rate)
    return f"VAT {args.rate} %"


TOOL = define(
    "set_vat", "Set the VAT rate of a line or of the document, only when said.", SetVatArgs, Effect.DRAFT, set_vat
)
