"""start_document: begins a quote, an invoice, or an invoice that follows a quote."""

from __future__ import annotations

from db.repositories.clients import get_client
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
        await _for_whom(context, args.kind)
    context.report("started", document_kind=args.kind)
    return f"draft {args.kind} opened"


async def _for_whom(context: TurnContext, kind: DocumentKind) -> None:
    """A quote begun right after a card was written is for that client, until another one is named."""
    if kind != "quote" or context.spoken_of is None:
        return
    client = await get_client(context.session, context.organization_id, context.spoken_of)
    if client is not None:
        await context.use_client(client, new=False)


TOOL = define(
    "start_document",
    "Begin a quote (devis), an invoice (facture), a deposit, progress or balance invoice. Only when the artisan asks.",
    StartDocumentArgs,
    Effect.DRAFT,
    start_document,
)
