"""set_site: facts about the building or the site; they decide VAT and are printed (legal.md §6)."""

from __future__ import annotations

from datetime import date

from services.clients.service import split_address
from services.documents.schemas import Premises
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SetSiteArgs(Args):
    """``age_years`` = age of the building, ``completed_year`` / ``completed_on`` = when it was finished."""

    address: str | None = None
    premises: Premises | None = None
    completed_year: int | None = None
    completed_on: date | None = None
    age_years: int | None = None


async def set_site(context: TurnContext, args: SetSiteArgs) -> str:
    site = context.editable().site
    if args.address:
        site.address = split_address(args.address)
    if args.premises:
        site.premises = args.premises
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
    "Note facts about the building or site: address, dwelling/business/new build, age or completion.",
    SetSiteArgs,
    Effect.DRAFT,
    set_site,
)
