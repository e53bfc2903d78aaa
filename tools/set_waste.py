"""set_waste: what becomes of the waste of the works, as a quote must say (C. env. D541-45-1, legal.md 16)."""

from __future__ import annotations

from pydantic import Field

from services.documents.designations import note_in_french
from services.documents.schemas import Waste
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetWasteArgs(Args):
    """In the words said: estimated ``quantity`` ("2 m³ de gravats") and the ``collection_point``."""

    quantity: str | None = Field(default=None, max_length=120)
    collection_point: str | None = Field(default=None, max_length=200)


async def set_waste(context: TurnContext, args: SetWasteArgs) -> str:
    facts = args.model_dump(exclude_none=True)
    if not facts:
        raise ToolRefusal("nothing_said")
    document = context.editable()
    waste = document.waste or Waste()
    for field, said in facts.items():
        setattr(waste, field, note_in_french(said, context.language).french)  # type: ignore[arg-type]
    document.waste = waste
    return "waste noted"


TOOL = define(
    "set_waste",
    "Note the quantity of waste of the works and where it goes, only when said.",
    SetWasteArgs,
    Effect.DRAFT,
    set_waste,
)
