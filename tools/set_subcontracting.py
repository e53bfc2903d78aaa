"""set_subcontracting: the works are done for a main contractor, who owes the VAT (CGI 283-2 nonies, legal.md 48)."""

from __future__ import annotations

from services.documents import editing
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SetSubcontractingArgs(Args):
    """``value``: True when the artisan works as a subcontractor on this document."""

    value: bool = True


async def set_subcontracting(context: TurnContext, args: SetSubcontractingArgs) -> str:
    editing.set_subcontracting(context.editable(), args.value)
    context.refresh_vat()
    context.report("subcontracting_set", value=args.value)
    return "noted"


TOOL = define(
    "set_subcontracting",
    "Note that this document is for subcontracted works (sous-traitance, taşeron), only when said.",
    SetSubcontractingArgs,
    Effect.DRAFT,
    set_subcontracting,
)
