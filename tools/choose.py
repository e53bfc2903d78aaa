"""choose: the artisan picks one of the numbered answers of the last message (UX-53…56)."""

from __future__ import annotations

from uuid import UUID

from db.repositories.clients import get_client
from services.clients import service as clients
from services.clients.schemas import ClientFields
from services.documents.vat import HALF
from tools.accept_quote import accept
from tools.amend_quote import open_amendment
from tools.context import ToolRefusal, TurnContext
from tools.correct_invoice import open_correction
from tools.definition import Args, Effect, define
from tools.discard_draft import DiscardDraftArgs, discard_draft
from tools.follow_up import follow_quote
from tools.issue_credit_note import open_credit
from tools.set_site import SetSiteArgs, set_site
from tools.set_subcontracting import SetSubcontractingArgs, set_subcontracting
from tools.start_document import StartDocumentArgs, start_document
from tools.switch_draft import take_up

OLD_ENOUGH = 3
"""Years that stand for "older than two years" once the artisan has said so (TR5)."""
_SITE_ANSWERS = {
    "old": SetSiteArgs(age_years=OLD_ENOUGH),
    "new": SetSiteArgs(age_years=1),
    "lived_in": SetSiteArgs(dwelling_share=HALF),
    "worked_in": SetSiteArgs(dwelling_share=HALF - 1),
}


class ChooseArgs(Args):
    """``option``: the number of the answer."""

    option: int


async def choose(context: TurnContext, args: ChooseArgs) -> str:
    chosen = next((choice for choice in context.memory.choices if choice.number == args.option), None)
    if chosen is None or chosen.value is None:
        raise ToolRefusal("no_such_choice", option=args.option, count=len(context.memory.choices))
    subject, _, value = chosen.value.partition(":")
    if subject == "client":
        await _choose_client(context, value)
    elif subject == "card":
        await _show_card(context, value)
    elif subject == "draft":
        kind, _, document_id = value.partition(":")
        await take_up(context, kind, UUID(document_id))
    elif subject == "quote":
        await follow_quote(context, UUID(value))
    elif subject == "amend":
        await open_amendment(context, UUID(value))
    elif subject == "credit_note":
        await open_credit(context, UUID(value), context.memory.pending_credit or {})
    elif subject == "corrective":
        await open_correction(context, UUID(value))
    elif subject == "accept":
        await accept(context, UUID(value))
    elif subject == "site":
        await set_site(context, _SITE_ANSWERS[value])
    elif subject == "subcontracting":
        if value == "yes":
            await set_subcontracting(context, SetSubcontractingArgs())
        else:
            context.memory.skipped = [*context.memory.skipped, "vat"]
    elif subject == "restart":
        kind = context.desk.document.kind if context.desk.document else "quote"
        await discard_draft(context, DiscardDraftArgs())
        await start_document(context, StartDocumentArgs(kind=kind))
    elif subject == "reissue":
        context.memory.wants_send = value == "client"
        context.report("confirmed", gate="issue")
    else:
        context.report(subject, **({"gate": value} if value else {}))
    return f"{args.option}: {chosen.label}"


async def _show_card(context: TurnContext, value: str) -> None:
    client = await get_client(context.session, context.organization_id, UUID(value))
    if client is None:
        raise ToolRefusal("which_client")
    context.report("client_card", buyer=clients.buyer(client))


async def _choose_client(context: TurnContext, value: str) -> None:
    pending = context.memory.pending_client or {}
    context.memory.pending_client = None
    if value == "new":
        fields = ClientFields(**pending)
        client = await clients.create(context.session, context.organization_id, fields, created_by=context.user.id)
        await context.session.flush()
        await context.use_client(client, new=True)
        return
    known = await get_client(context.session, context.organization_id, UUID(value))
    if known is None:
        raise ToolRefusal("which_client")
    await context.use_client(known, new=False)


TOOL = define("choose", "Pick a numbered answer.", ChooseArgs, Effect.DIALOGUE, choose)
