"""issue_credit_note: how an issued invoice is corrected; explained, not offered yet."""

from __future__ import annotations

from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class IssueCreditNoteArgs(Args):
    """The invoice by ``reference`` or ``client_name``."""

    reference: str | None = None
    client_name: str | None = None


async def issue_credit_note(context: TurnContext, args: IssueCreditNoteArgs) -> str:
    raise ToolRefusal("cancel_issued", number=args.reference or args.client_name or "")


TOOL = define(
    "issue_credit_note",
    "Cancel an issued invoice by a credit note.",
    IssueCreditNoteArgs,
    Effect.ISSUE,
    issue_credit_note,
)
