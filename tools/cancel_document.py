"""cancel_document: gives a draft up, after one question (UX-48); an issued invoice is explained (legal.md 58)."""

from __future__ import annotations

from typing import Literal

from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class CancelDocumentArgs(Args):
    """``scope``: the draft at hand or every draft; ``reference`` names an issued document."""

    scope: Literal["draft", "all"] = "draft"
    reference: str | None = None


async def cancel_document(context: TurnContext, args: CancelDocumentArgs) -> str:
    document = context.desk.document
    if args.reference:
        raise ToolRefusal("cancel_issued", number=args.reference)
    if document is None:
        raise ToolRefusal("nothing_to_cancel")
    if document.number is not None:
        raise ToolRefusal("cancel_issued", number=document.number)
    context.report("cancel_wanted")
    return "asked for confirmation"


TOOL = define(
    "cancel_document",
    "Give up the draft at hand. The artisan is asked to confirm.",
    CancelDocumentArgs,
    Effect.DRAFT,
    cancel_document,
)
