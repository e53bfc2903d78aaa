"""set_retention: the retention guarantee, at most 5 % of the total incl. VAT (loi 71-584, legal.md 56)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from services.documents.totals import MOST_RETENTION
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetRetentionArgs(Args):
    """``percent`` kept back (None = the legal maximum), ``until`` when; ``remove`` takes it away."""

    percent: Decimal | None = Field(default=None, gt=0)
    until: date | None = None
    remove: bool = False


async def set_retention(context: TurnContext, args: SetRetentionArgs) -> str:
    if context.desk.document is None:
        raise ToolRefusal("retention_on_what")
    document = context.editable()
    if document.kind == "credit_note":
        raise ToolRefusal("retention_on_what")
    if args.remove:
        document.retention_percent = document.retention_until = None
        return "no retention"
    percent = MOST_RETENTION if args.percent is None else args.percent
    if percent > MOST_RETENTION:
        raise ToolRefusal("retention_too_large", percent=percent, most=MOST_RETENTION)
    document.retention_percent, document.retention_until = percent, args.until
    return f"retention {percent} %"


TOOL = define(
    "set_retention",
    "Keep back a retention guarantee (retenue de garantie), at most 5 %, only when said.",
    SetRetentionArgs,
    Effect.DRAFT,
    set_retention,
)
