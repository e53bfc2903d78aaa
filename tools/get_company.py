"""get_company: the company card, with what it lacks for complete documents."""

from __future__ import annotations

from services.accounts import profile
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class GetCompanyArgs(Args):
    """Nothing to say."""


async def get_company(context: TurnContext, args: GetCompanyArgs) -> str:
    now = await profile.read(context.session, context.organization_id, today=context.now.date())
    context.report("company_card", profile=now)
    return f"company {now.facts.name}, missing: {', '.join(lack.code for lack in now.missing) or 'nothing'}"


TOOL = define(
    "get_company",
    "Show what is known of the artisan's own company and what is missing for complete documents.",
    GetCompanyArgs,
    Effect.READ,
    get_company,
)
