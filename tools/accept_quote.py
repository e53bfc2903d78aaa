"""accept_quote: the client has signed or agreed: the quote becomes a contract (legal.md 15)."""

from __future__ import annotations

from datetime import date as Day
from uuid import UUID

from db.models import Client, Quote
from services.documents import service as documents
from services.documents.refusals import FollowUpRefused
from services.documents.totals import compute_totals
from tools.context import Desk, ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import MOST_CHOICES, find_quotes, label


class AcceptQuoteArgs(Args):
    """The quote by ``reference`` or ``client_name``, neither = the one at hand; ``date`` of the signature."""

    reference: str | None = None
    client_name: str | None = None
    date: Day | None = None


async def accept_quote(context: TurnContext, args: AcceptQuoteArgs) -> str:
    document = context.desk.document
    if not args.reference and not args.client_name and document is not None and document.kind == "quote":
        if document.number is None:
            raise ToolRefusal("accept_before_issue")
        await accept(context, document.id, args.date)
        return f"{document.number} accepted"
    found = await find_quotes(context, args.reference, args.client_name)
    waiting = [(row, client) for row, client in found if row.status != "accepted"] or found
    if not waiting:
        raise ToolRefusal("quote_unknown", name=args.reference or args.client_name or "")
    if len(waiting) > 1:
        _ask_which(context, waiting)
        return "several quotes"
    await accept(context, waiting[0][0].id, args.date)
    return f"{waiting[0][0].number} accepted"


def _ask_which(context: TurnContext, found: list[tuple[Quote, Client | None]]) -> None:
    choices = [(f"accept:{row.id}", label(row, client)) for row, client in found[:MOST_CHOICES]]
    context.report("document_choice", choices=choices)


async def accept(context: TurnContext, quote_id: UUID, on: Day | None = None) -> None:
    """Notes the client's agreement, and which quote the question about a deposit is about."""
    signed_on = on or context.now.date()
    try:
        quote = await documents.accept(context.session, context.organization_id, quote_id, accepted_on=signed_on)
    except FollowUpRefused as refusal:
        raise ToolRefusal(f"follow_up_{refusal.code}", **refusal.values) from refusal
    if context.desk.document is not None and context.desk.document.id == quote_id:
        context.desk = Desk.of(quote)
    context.memory.follows = quote.number
    context.report(
        "accepted",
        number=quote.number,
        buyer=quote.buyer,
        total=compute_totals(quote).total,
        percent=quote.deposit_percent,
        amount=quote.deposit_amount,
        amends=quote.amends is not None,
    )


TOOL = define(
    "accept_quote",
    "Note that the client has signed or accepted a quote, only when the artisan says so.",
    AcceptQuoteArgs,
    Effect.DRAFT,
    accept_quote,
)
