"""update_company: what the artisan tells about his own company, for every document to come."""

from __future__ import annotations

from services.accounts import profile
from services.accounts.schemas import CompanyFacts, InvalidCompanyFact, ToldFacts
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class UpdateCompanyArgs(ToldFacts, Args):
    """The facts said."""


async def update_company(context: TurnContext, args: UpdateCompanyArgs) -> str:
    said = args.model_dump(exclude_none=True)
    changed: list[str] = []
    while said:
        try:
            facts = CompanyFacts(**said)
            changed = await profile.update(context.session, context.organization_id, facts)
        except InvalidCompanyFact as error:
            field = f"{error.field}_taken" if error.taken else error.field
            context.report("refused", key="company_fact", values={"field": field, "value": error.value})
            said.pop(error.field)
            continue
        break
    if not said:
        return "nothing noted"
    now = await profile.read(context.session, context.organization_id, today=context.now.date())
    context.seller = now.seller.model_copy(update={"signature_name": context.seller.signature_name})
    _new_defaults(context, now.facts, changed)
    context.report("company_updated", profile=now, fields=sorted(said))
    return f"company: {', '.join(changed) or 'as it was'}"


def _new_defaults(context: TurnContext, facts: CompanyFacts, changed: list[str]) -> None:
    """The document at hand follows the company while it is a draft."""
    context.default_vat_rate = facts.default_vat_rate or context.default_vat_rate
    context.default_price_mode = facts.default_price_mode or context.default_price_mode
    context.quote_validity_days = facts.quote_validity_days or context.quote_validity_days
    if facts.payment_terms_days is not None:
        context.payment_terms_days = facts.payment_terms_days
    document = context.desk.document
    if document is None or document.number is not None:
        return
    if "quote_validity_days" in changed:
        document.validity_days = context.quote_validity_days
    if "payment_terms_days" in changed:
        document.due_days = context.payment_terms_days
    context.refresh_vat()


TOOL = define(
    "update_company",
    "What the artisan says about his own company: SIRET, legal form, address, VAT regime, insurance, mediator, IBAN, "
    "defaults, looks. Never about a client.",
    UpdateCompanyArgs,
    Effect.DRAFT,
    update_company,
)
