"""switch_draft: goes back to another unfinished document; several possible ones are listed (UX-50)."""

from __future__ import annotations

from services.clients.matching import SURE, score
from services.documents import service as documents
from services.documents.lookup import open_drafts
from tools.context import Memory, ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SwitchDraftArgs(Args):
    """Whose draft, or which number; neither = the last touched one."""

    client_name: str | None = None
    reference: str | None = None


async def switch_draft(context: TurnContext, args: SwitchDraftArgs) -> str:
    await context.save()
    await context.session.flush()
    current = context.desk.document.id if context.desk.document else None
    drafts = await open_drafts(context.session, context.organization_id, context.now.date())
    if args.client_name:
        drafts = [draft for draft in drafts if draft.client and score(args.client_name, draft.client) >= SURE]
    others = [draft for draft in drafts if draft.id != current] if not args.client_name else drafts
    if not others:
        raise ToolRefusal("no_draft", name=args.client_name or "")
    if len(others) > 1:
        context.report("draft_choice", drafts=others)
        return "several drafts"
    await take_up(context, others[0].kind, others[0].id)
    return f"draft of {others[0].client}"


async def take_up(context: TurnContext, kind: str, document_id: object) -> None:
    """Puts the draft on the desk with a clean memory."""
    document = await documents.load(context.session, context.organization_id, kind, document_id)  # type: ignore[arg-type]
    await context.put_on_desk(document)
    context.memory = Memory(client_id=document.buyer.client_id if document.buyer else None)
    context.report("switched", document_kind=document.kind, client=document.buyer.name if document.buyer else None)
    context.report("recap_wanted")


TOOL = define("switch_draft", "Go back to another unfinished document.", SwitchDraftArgs, Effect.DRAFT, switch_draft)
