"""generate_pdf: leaves the rendering to a job, which then sends the PDF to the artisan with its caption."""

from __future__ import annotations

from prompts.replies import sentences_said
from services.documents import service as documents
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class GeneratePdfArgs(Args):
    """``caption``: the message that accompanies the PDF to the artisan."""

    caption: str


async def generate_pdf(context: TurnContext, args: GeneratePdfArgs) -> str:
    document = context.desk.document
    if document is None or document.number is None:
        raise ToolRefusal("nothing_to_issue")
    await documents.request_pdf(
        context.session,
        context.organization_id,
        document,
        outbox={
            "account_id": str(context.account_id),
            "chat_id": str(context.chat_id),
            "to_phone": context.user.whatsapp_phone,
            "conversation_id": str(context.conversation_id),
            "body": args.caption,
            "language": context.language,
            "address_form": context.address_form,
            "provenance": {"sentences": sentences_said()},
        },
    )
    context.report("pdf_ordered")
    return f"PDF of {document.number} ordered"


TOOL = define(
    "generate_pdf",
    "Render the issued document and give it to the artisan.",
    GeneratePdfArgs,
    Effect.ISSUE,
    generate_pdf,
    by_code_only=True,
)
