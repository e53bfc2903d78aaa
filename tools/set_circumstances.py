"""set_circumstances: how the contract came about, and the order number that the client wants to read on it."""

from __future__ import annotations

from pydantic import Field

from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetCircumstancesArgs(Args):
    """``off_premises``: agreed at the client's home or at a distance (legal.md 19); ``urgent``: urgent repair (legal.md 22)."""

    off_premises: bool | None = None
    urgent: bool | None = None
    buyer_reference: str | None = Field(default=None, max_length=50)


async def set_circumstances(context: TurnContext, args: SetCircumstancesArgs) -> str:
    facts = args.model_dump(exclude_none=True)
    if not facts:
        raise ToolRefusal("nothing_said")
    document = context.editable()
    for field, value in facts.items():
        setattr(document, field, value)
    return "noted"


TOOL = define(
    "set_circumstances",
    "Note that it was agreed at the client's home, that it is an urgent repair, or the client's order number. Only when said.",
    SetCircumstancesArgs,
    Effect.DRAFT,
    set_circumstances,
)
