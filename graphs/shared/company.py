"""What is said about the artisan's own company: what was noted, the card, what documents still lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prompts.replies import say
from services.accounts.schemas import CompanyFacts, CompanyProfile
from services.documents.amounts import date_text, rate_text, round_euros
from services.documents.completeness import Missing
from services.documents.identity import grouped_iban, grouped_siret
from tools.context import Fact, TurnContext

Speak = Callable[..., str]
GROUPS = {
    "name": ("name",),
    "form": ("legal_form", "capital", "rcs_city"),
    "siret": ("siret",),
    "vat_number": ("vat_number",),
    "address": ("address", "address_line", "postal_code", "city"),
    "phone": ("phone",),
    "email": ("email",),
    "regime": ("vat_regime", "vat_on_debits"),
    "default_vat_rate": ("default_vat_rate",),
    "price_mode": ("default_price_mode",),
    "validity": ("quote_validity_days",),
    "terms": ("payment_terms_days",),
    "insurance": (
        "insurance_status", "insurer_name", "insurer_address", "insurance_policy", "insurance_area",
        "insurance_activities", "insurance_from", "insurance_until",
    ),
    "mediator": ("mediator_name", "mediator_contact"),
    "rge": ("rge",),
    "bank": ("iban", "bic"),
    "einvoicing_address": ("einvoicing_address",),
    "waste": ("waste_collection_point", "waste_sorting"),
    "look": ("template", "color"),
}  # fmt: skip
"""The lines of the card and the facts that each shows."""
_ON_CARD = frozenset(GROUPS) - {"default_vat_rate", "price_mode", "look"}


def updated(context: TurnContext, fact: Fact) -> list[str]:
    """What was noted, and what is still missing unless a question asks for it; nothing more where the card shows it all."""
    now: CompanyProfile = fact.values["profile"]
    speak = _speaker(context)
    said = set(fact.values["fields"])
    if context.reported("company_card"):
        return []
    if context.memory.awaiting == "confirm:company" and "siret" in said:
        return [speak("company.noted_as_shown")]
    if "siret" in said and now.facts.vat_regime == "standard":
        said.add("vat_number")
    wanted = [group for group, fields in GROUPS.items() if said.intersection(fields)]
    lines = [speak("company.noted"), *_lines(speak, now.facts, wanted)]
    if context.desk.document is None and not (context.step and context.step.question):
        lines.append(_lacks(speak, [lack for lack in now.missing if lack.blocking]) or speak("company.complete"))
    return ["\n".join(lines)]


def card(context: TurnContext, fact: Fact) -> list[str]:
    """The company card: what is there, what blocks documents, what would make them better."""
    now: CompanyProfile = fact.values["profile"]
    speak = _speaker(context)
    files = [name for name, there in (("logo", now.logo), ("attestation", now.attestation)) if there]
    lines = [
        *_lines(speak, now.facts, [group for group in GROUPS if group in _ON_CARD]),
        *(speak("company.file", file=name) for name in files),
        _lacks(speak, [lack for lack in now.missing if lack.blocking]) or speak("company.complete"),
    ]
    advice = [_label(speak, lack) for lack in now.missing if not lack.blocking]
    advice += [] if now.facts.iban else [speak("company.lack", code="iban", why=None, detail="")]
    if advice:
        lines.append(speak("company.advised", facts=", ".join(advice)))
    return ["\n".join(lines)]


def file_wanted(context: TurnContext, fact: Fact) -> list[str]:
    """The file is being fetched; the job tells when it is in place."""
    return [_speaker(context)("company.file_wanted")]


def _speaker(context: TurnContext) -> Speak:
    def speak(key: str, **values: Any) -> str:
        return say(context.language, key, form=context.address_form, **values)

    return speak


def _lines(speak: Speak, facts: CompanyFacts, groups: list[str]) -> Iterator[str]:
    for group in groups:
        if value := _value(speak, facts, group):
            yield speak("company.fact", group=group, value=value)


def _value(speak: Speak, facts: CompanyFacts, group: str) -> str | None:
    """What a line of the card shows; None when nothing is known."""
    match group:
        case "form":
            capital = round_euros(facts.capital) if facts.capital else None
            return speak("company.form", legal=facts.legal_form, capital=capital, rcs=facts.rcs_city) or None
        case "siret":
            return grouped_siret(facts.siret)
        case "address":
            town = " ".join(part for part in (facts.postal_code, facts.city) if part)
            return ", ".join(part for part in (facts.address_line, town) if part) or None
        case "regime":
            return speak("company.regime", franchise=facts.vat_regime == "franchise", debits=facts.vat_on_debits)
        case "default_vat_rate":
            return rate_text(facts.default_vat_rate) if facts.default_vat_rate is not None else None
        case "validity":
            return speak("company.days", days=facts.quote_validity_days)
        case "terms":
            return speak("company.days", days=facts.payment_terms_days)
        case "insurance":
            return _insurance(speak, facts)
        case "bank":
            return " – ".join(part for part in (grouped_iban(facts.iban), facts.bic) if part) or None
        case "look":
            return speak("company.look", template=facts.template, color=facts.color)
    values = [getattr(facts, name) for name in GROUPS[group]]
    if group == "price_mode":
        values = [str(facts.default_price_mode).upper()]
    return ", ".join(str(value) for value in values if value) or None


def _insurance(speak: Speak, facts: CompanyFacts) -> str | None:
    if facts.insurance_status == "unknown":
        return None
    return speak(
        "company.insurance",
        required=facts.insurance_status != "not_required",
        insurer=", ".join(part for part in (facts.insurer_name, facts.insurer_address) if part),
        policy=facts.insurance_policy,
        area=facts.insurance_area,
        until=date_text(facts.insurance_until) if facts.insurance_until else None,
    )


def _lacks(speak: Speak, lacks: list[Missing]) -> str | None:
    return speak("company.missing", facts=", ".join(_label(speak, lack) for lack in lacks)) if lacks else None


def _label(speak: Speak, lack: Missing) -> str:
    """ "le SIRET", "l'assurance décennale (n° de contrat)"."""
    detail = ", ".join(speak("company.insurance_part", part=part) for part in lack.values.get("fields", []))
    if until := lack.values.get("until"):
        detail = date_text(until)
    return speak("company.lack", code=lack.code.removeprefix("company."), why=lack.values.get("why"), detail=detail)
