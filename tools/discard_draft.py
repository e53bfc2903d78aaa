"""discard_draft: gives the draft at hand up, once the artisan has confirmed it."""

from __future__ import annotations

from services.documents import service as documents
from tools.context import Desk, Memory, ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class DiscardDraftArgs(Args):
    """No argument: the draft at hand."""


async def discard_draft(context: TurnContext, args: DiscardDraftArgs) -> str:
    document = context.desk.document
    if document is None:
        raise ToolRefusal("nothing_to_cancel")
    await documents.cancel_draft(context.session, context.organization_id, document)
    context.desk, context.memory = Desk(), Memory()
    context.report("cancelled", document_kind=document.kind, client=document.buyer.name if document.buyer else None)
    return "draft given up"


TOOL = define("discard_draft", "Give the draft up.", DiscardDraftArgs, Effect.DRAFT, discard_draft, by_code_only=True)
