"""preview_document: the draft as a PDF marked BROUILLON, without a number, for the artisan alone (UX-34)."""

from __future__ import annotations

from services.documents import service as documents
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class PreviewDocumentArgs(Args):
    """No argument: the draft at hand."""


async def preview_document(context: TurnContext, args: PreviewDocumentArgs) -> str:
    document = context.desk.document
    if document is None or not document.lines:
        raise ToolRefusal("nothing_to_preview")
    if document.number is not None and not context.desk.changed and document.issued_version == document.version:
        raise ToolRefusal("issued_is_final_pdf", number=document.number)
    context.report("preview_wanted")
    return "preview ordered"


async def order_preview(context: TurnContext) -> None:
    """Leaves the rendering of the stored draft to a job, which sends it to the artisan."""
    document = context.desk.document
    assert document is not None
    await documents.request_preview(
        context.session,
        context.organization_id,
        document,
        context.seller,
        now=context.now,
        outbox={
            "account_id": str(context.account_id),
            "chat_id": str(context.chat_id),
            "to_phone": context.user.whatsapp_phone,
            "conversation_id": str(context.conversation_id),
            "language": context.language,
            "address_form": context.address_form,
        },
    )


TOOL = define(
    "preview_document",
    "Show the draft as a PDF marked BROUILLON, without issuing it.",
    PreviewDocumentArgs,
    Effect.DRAFT,
    preview_document,
)
