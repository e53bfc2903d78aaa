"""set_retention: the retention guarantee, at most 5 % of the total incl. VAT (loi 71-584, legal.md 56)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from services.documents import editing
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
    if args.remove:
        editing.drop_retention(document)
        return "no retention"
    editing.set_retention(document, args.percent, args.until)
    return f"retention {document.retention_percent} %"


TOOL = define(
    "set_retention",
    "Keep back a retention guarantee (retenue de garantie), at most 5 %, only when said.",
    SetRetentionArgs,
    Effect.DRAFT,
    set_retention,
)
