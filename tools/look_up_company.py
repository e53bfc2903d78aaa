"""look_up_company: what the register of companies says about the SIRET he gave, to be confirmed by him."""

from __future__ import annotations

from services.company_register.schemas import Establishment
from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.update_company import UpdateCompanyArgs, update_company


class LookUpCompanyArgs(Args):
    """``number``: a SIRET, or a SIREN for its head office; looked up before (``graphs.shared.looking_up``)."""

    number: str


async def look_up_company(context: TurnContext, args: LookUpCompanyArgs) -> str:
    found, number = context.looked_up.get(args.number, "away"), args.number
    context.memory.found = None
    if isinstance(found, Establishment) and not found.closed and found.can_be_shown:
        context.report("company_found", facts=_facts(found))
        return f"found {found.name}, to be confirmed"
    gone = found is None or (isinstance(found, Establishment) and found.closed)
    if gone and context.memory.doubted != number:
        context.memory.doubted = number
        context.report("company_doubted", closed=found is not None, since=found.closed_on if found else None)  # type: ignore[union-attr]
        return "not found, to be checked"
    if not gone:
        context.report("company_away", withheld=found != "away")
    return await update_company(context, UpdateCompanyArgs(siret=number))


def _facts(found: Establishment) -> dict[str, str]:
    """What ``update_company`` would write of it."""
    town = " ".join(part for part in (found.postal_code, found.city) if part)
    address = ", ".join(part for part in (found.address_line, town) if part) if found.address_line else None
    facts = {"siret": found.siret, "name": found.name, "legal_form": found.legal_form, "address": address}
    return {name: value for name, value in facts.items() if value}


TOOL = define(
    "look_up_company",
    "Say what the register of companies knows about a SIRET of the artisan's own company.",
    LookUpCompanyArgs,
    Effect.DRAFT,
    look_up_company,
    by_code_only=True,
)
