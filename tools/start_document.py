"""start_document: begins a quote or an invoice."""

from __future__ import annotations

from services.documents.schemas import DocumentKind
from tools.context import Desk, Memory, ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class StartDocumentArgs(Args):
    """``kind`` of the document to begin."""

    kind: DocumentKind = "quote"


async def start_document(context: TurnContext, args: StartDocumentArgs) -> str:
    if args.kind in ("deposit", "credit_note"):
        raise ToolRefusal("kind_not_offered", document_kind=args.kind)
    document = context.desk.document
    fresh = document is not None and not document.lines and document.number is None
    if document is None or not fresh or document.kind != args.kind:
        await context.save()
        context.desk, context.memory = Desk(), Memory()
        document = context.open_document(args.kind)
    context.report("started", document_kind=args.kind)
    return f"draft {args.kind} opened"


TOOL = define(
    "start_document",
    "Begin a new quote (devis) or invoice (facture). Only when the artisan asks for one.",
    StartDocumentArgs,
    Effect.DRAFT,
    start_document,
)
