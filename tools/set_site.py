"""set_site: facts about the building or the site; they decide VAT and are printed (legal.md §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.clients.service import split_address
from services.documents.schemas import Premises, Territory
from tools.context import ToolRefusal, TurnContext
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
    site = context.editable().site
    if args.address:
        site.address = split_address(args.address)
    if args.dwelling_share is not None:
        if not 0 <= args.dwelling_share <= 100:
            raise ToolRefusal("dwelling_share", percent=args.dwelling_share)
        site.premises, site.dwelling_share = "mixed", args.dwelling_share
    elif args.premises:
        site.premises, site.dwelling_share = args.premises, None
    if args.territory:
        site.territory = args.territory
    if args.completed_year is not None or args.completed_on is not None or args.age_years is not None:
        site.completed_year, site.completed_on, site.age_years = (
            args.completed_year,
            args.completed_on,
            args.age_years,
        )
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
