"""cancel_document: gives a draft up, after one question (UX-48); an issued invoice is credited instead (legal.md 58)."""

from __future__ import annotations

from typing import Literal

from db.repositories.documents import kind_of
from services.documents.lookup import find_document
from services.documents.schemas import PAYABLE
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class CancelDocumentArgs(Args):
    """``scope``: the draft at hand or every draft; ``reference`` names an issued document."""

    scope: Literal["draft", "all"] = "draft"
    reference: str | None = None


async def cancel_document(context: TurnContext, args: CancelDocumentArgs) -> str:
    document = context.desk.document
    if args.reference:
        row = await find_document(context.session, context.organization_id, reference=args.reference)
        if row is None or row.number is None:
            raise ToolRefusal("document_unknown", name=args.reference)
        raise _refusal(row.number, kind_of(row))
    if document is None:
        raise ToolRefusal("nothing_to_cancel")
    if document.number is not None:
        raise _refusal(document.number, document.kind)
    context.report("cancel_wanted")
    return "asked for confirmation"


def _refusal(number: str, kind: str) -> ToolRefusal:
    """An issued invoice can be taken back by a credit note, which is offered; a quote by a new version (UX-48)."""
    if kind in PAYABLE:
        return ToolRefusal("credit_offered", number=number)
    return ToolRefusal("issued_already", number=number, document_kind=kind, sent=False)


TOOL = define(
    "cancel_document",
    "Give up the draft at hand. The artisan is asked to confirm.",
    CancelDocumentArgs,
    Effect.DRAFT,
    cancel_document,
)
