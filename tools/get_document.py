"""get_document: the state of a document, or the document itself once more."""

from __future__ import annotations

from typing import Literal

from services.documents.lookup import client_of, find_document, summary
from services.einvoicing import service as einvoicing
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class GetDocumentArgs(Args):
    """Which document, and ``what``: its status, or the PDF again ("resend"/"show")."""

    reference: str | None = None
    client_name: str | None = None
    kind: Literal["quote", "invoice"] | None = None
    what: Literal["status", "resend", "show"] = "status"


async def get_document(context: TurnContext, args: GetDocumentArgs) -> str:
    row = await find_document(
        context.session,
        context.organization_id,
        reference=args.reference,
        client_name=args.client_name,
        kind=args.kind,
    )
    if row is None:
        raise ToolRefusal("document_unknown", name=args.reference or args.client_name or "")
    client = await client_of(context.session, context.organization_id, row)
    item = summary(row, client, context.now.date())
    if args.what == "status" or row.number is None:
        platform = await einvoicing.platform_status(context.session, context.organization_id, row.id)
        context.report("status", document=item, platform=platform)
        return f"{item.number} {item.status} {item.total} due {item.balance}"
    if row.pdf_status != "ready" or row.pdf_key is None:
        raise ToolRefusal("pdf_not_ready", number=row.number)
    await outbox.enqueue(
        context.session,
        OutgoingMessage(
            organization_id=context.organization_id,
            account_id=context.account_id,
            chat_id=context.chat_id,
            recipient="artisan",
            to_phone=context.user.whatsapp_phone,
            kind="document",
            attachment_key=row.pdf_key,
            filename=row.pdf_key.rsplit("/", 1)[-1],
            media_type="application/pdf",
            document_kind=item.kind,
            document_id=row.id,
            conversation_id=context.conversation_id,
        ),
    )
    context.report("resent", number=row.number)
    return f"{row.number} sent again to the artisan"


TOOL = define(
    "get_document",
    "Tell the state of a document, or give the artisan its PDF again.",
    GetDocumentArgs,
    Effect.READ,
    get_document,
)
