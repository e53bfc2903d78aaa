"""undo: stops what is about to leave, else takes the last change back; again for one more (UX-45, UX-48)."""

from __future__ import annotations

from services.documents import service as documents
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class UndoArgs(Args):
    """No argument: what to undo is what was done last."""


async def undo(context: TurnContext, args: UndoArgs) -> str:
    document = context.desk.document
    if await context.stop_sending(document):
        return "nothing was sent"
    if context.memory.awaiting is None and await context.withdraw(document):
        return "what has left is being taken back"
    if document is None or document.version == 0:
        raise ToolRefusal("nothing_to_undo")
    if document.number is not None:
        if document.kind not in ("quote", "credit_note"):
            raise ToolRefusal("credit_offered", number=document.number)
        raise ToolRefusal(
            "issued_already", number=document.number, document_kind=document.kind, sent=document.status == "sent"
        )
    base = context.memory.undone_to or document.version
    earlier = await documents.undo(context.session, context.organization_id, document, base)
    if earlier is None:
        raise ToolRefusal("nothing_to_undo")
    context.memory.undone_to = base - 1
    context.desk.document = earlier
    context.report("undone")
    context.report("recap_wanted")
    return "last change undone"


TOOL = define("undo", "Undo the last change, or stop a message that is about to leave.", UndoArgs, Effect.DRAFT, undo)
