"""set_site: facts about the building or the site; they decide VAT and are printed (legal.md §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.documents import editing
from services.documents.schemas import Premises, Territory
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SetSiteArgs(Args):
    """``age_years`` = age of the building, ``completed_year`` / ``completed_on`` = when it was finished.

    ``dwelling_share``: percent that is lived in, of mixed premises; ``territory``: overseas or Corsica, when said.
    """

    address: str | None = None
    premises: Premises | None = None
    completed_year: int | None = None
    completed_on: date | None = None
    age_years: int | None = None
    dwelling_share: Decimal | None = None
    territory: Territory | None = None


async def set_site(context: TurnContext, args: SetSiteArgs) -> str:
    facts = args.model_dump(exclude_none=True)
    editing.set_site(context.editable(), **facts)
    context.refresh_vat()
    context.report("site_set")
    return "site noted"


TOOL = define(
    "set_site",
    "Note facts about the site: address, dwelling/business/mixed/new build, share lived in, age, completion, territory.",
    SetSiteArgs,
    Effect.DRAFT,
    set_site,
)
