"""start_document: begins a quote, an invoice, or an invoice that follows a quote."""

from __future__ import annotations

from services.documents.schemas import DocumentKind
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class StartDocumentArgs(Args):
    """``kind`` of the document to begin."""

    kind: DocumentKind = "quote"


async def start_document(context: TurnContext, args: StartDocumentArgs) -> str:
    document = context.desk.document
    fresh = document is not None and not document.lines and document.number is None
    if document is None or not fresh or document.kind != args.kind:
        await context.save()
        document = context.begin_document(args.kind)
    context.report("started", document_kind=args.kind)
    return f"draft {args.kind} opened"


TOOL = define(
    "start_document",
    "Begin a quote (devis), an invoice (facture), a deposit, progress or balance invoice. Only when the artisan asks.",
    StartDocumentArgs,
    Effect.DRAFT,
    start_document,
)
