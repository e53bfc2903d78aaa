"""copy_document: the lines of an earlier document again ("pareil que chez Costa", "comme d'habitude") (UX-51)."""

from __future__ import annotations

from db.repositories.documents import kind_of
from services.documents import beginnings
from services.documents import service as documents
from services.documents.lookup import find_document
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class CopyDocumentArgs(Args):
    """Whose document (``client_name``) or which (``reference``); neither = the newest of the client at hand."""

    client_name: str | None = None
    reference: str | None = None


async def copy_document(context: TurnContext, args: CopyDocumentArgs) -> str:
    document = context.editable_lines()
    name = args.client_name or (document.buyer.name if document.buyer and not args.reference else None)
    row = await find_document(context.session, context.organization_id, reference=args.reference, client_name=name)
    if row is None:
        raise ToolRefusal("nothing_to_copy", name=name or args.reference or "")
    model = await documents.load(context.session, context.organization_id, kind_of(row), row.id)
    copied = beginnings.copy_lines(document, model)
    context.refresh_vat()
    context.report("copied", client=model.buyer.name if model.buyer else None, number=model.number)
    return f"copied {copied} lines"


TOOL = define(
    "copy_document",
    "Copy the lines of an earlier document into the draft.",
    CopyDocumentArgs,
    Effect.DRAFT,
    copy_document,
)
