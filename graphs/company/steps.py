"""What a set-up asks next: the first fact that the company lacks and that was not put off (U21).

The facts are those of the profile, written by the same tool as outside a set-up; what the register of companies tells is
shown first and written when he says that it is his.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphs.shared.situation import Situation, Step
from services.accounts.schemas import CompanyProfile
from services.clients.identifiers import french_vat_number
from services.documents.identity import grouped_siret
from tools.commands import Choice
from tools.context import Memory

STEPS = (
    "collect_siret", "confirm_company", "collect_address", "collect_legal_form", "collect_capital", "collect_rcs_city",
    "collect_vat_regime", "collect_insurance", "collect_logo", "collect_iban", "collect_mediator", "completed",
)  # fmt: skip
PLACES = {
    "siret": 1, "address": 1, "legal_form": 1, "capital": 1, "rcs_city": 1,
    "vat_regime": 2, "insurance": 3, "logo": 4, "iban": 5, "mediator": 6,
}  # fmt: skip
"""Where a question stands among the six that an artisan is told of: who he is, VAT, insurance, logo, account, mediator."""
MOST = max(PLACES.values())
_SLOT = "slot:company."
_INSURANCE_PARTS = ("insurer_name", "insurer_address", "insurance_policy")
"""Parts of an insurance that are asked for by their own name when only they are missing."""
_VAT_ANSWERS = [
    Choice(number=1, label="", value="vat_regime:standard"),
    Choice(number=2, label="", value="vat_regime:franchise"),
]


def decide(s: Situation) -> Step:
    """The next question, what he has just confirmed, or the card at the end."""
    _remember(s)
    if s.has("setup_stopped"):
        return Step("completed", done=True, answer="setup.stopped")
    if answered := _answered(s):
        return Step("confirm_company", actions=[("update_company", answered)])
    if s.has("company_doubted"):
        return Step("collect_siret", f"{_SLOT}siret")
    if s.memory.found is not None:
        return Step("confirm_company", "confirm:company", question="setup.confirm", values=_shown(s.memory.found))
    assert s.company is not None
    for question, values in _open_questions(s.company, s.memory):
        parts = values.get("fields", [])
        slot = parts[0] if len(parts) == 1 and parts[0] in _INSURANCE_PARTS else question
        step = Step(f"collect_{question}", f"{_SLOT}{slot}", question=f"setup.{question}")
        step.values = {"place": PLACES[question], "of": MOST, "name": s.company.facts.name, **values}
        step.choices = _VAT_ANSWERS if question == "vat_regime" else []
        return step
    if not s.has("company_card"):
        return Step("completed", actions=[("get_company", {})])
    return Step("completed", done=True, answer="setup.done")


def _open_questions(company: CompanyProfile, memory: Memory) -> Iterator[tuple[str, dict[str, Any]]]:
    """The facts that are neither known nor put off, in the order in which they are asked, with what a question shows."""
    lacks = {lack.code.removeprefix("company."): lack.values for lack in company.missing}
    wanted = {
        "vat_regime": company.facts.vat_regime != "franchise" and "vat_regime" not in memory.settled,
        "logo": not company.logo and "logo" not in memory.settled,
        "iban": not company.facts.iban,
    }
    for question in PLACES:
        if f"company.{question}" not in memory.skipped and wanted.get(question, question in lacks):
            yield question, lacks.get(question, {})


def _shown(found: dict[str, str]) -> dict[str, Any]:
    """What the register told, as the question shows it."""
    siret = found["siret"]
    values = {"siret": grouped_siret(siret), "vat": french_vat_number(siret), "legal": found.get("legal_form")}
    return {**values, "name": found.get("name"), "address": found.get("address")}


def _answered(s: Situation) -> dict[str, Any] | None:
    """What a bare yes or no means for the question that was open: facts to write, by code."""
    if s.has("refused", "company_found"):
        return None
    if s.awaited == "confirm:company" and s.confirmed:
        return s.memory.found
    if s.awaited == f"{_SLOT}siret" and s.confirmed and s.memory.doubted:
        return {"siret": s.memory.doubted}
    if s.awaited == f"{_SLOT}vat_regime" and s.has("confirmed", "denied") and "vat_regime" not in s.memory.settled:
        return {"vat_regime": "standard" if s.confirmed else "franchise"}
    return None


def _remember(s: Situation) -> None:
    """Notes what this turn has settled, put off, found and refused; doing it twice changes nothing."""
    memory = s.memory
    told = {field for fact in s.facts if fact.kind == "company_updated" for field in fact.values["fields"]}
    if fact := s.find("company_found"):
        memory.found = memory.found or dict(fact.values["facts"])
    if "vat_regime" in told:
        _add(memory.settled, "vat_regime")
    if any(fact.values["file"] == "logo" for fact in s.facts if fact.kind == "company_file"):
        _add(memory.settled, "logo")
    if told or s.refused("company_fact"):
        _update_found(s, told)
    if s.has("skipped", "denied") and not told:
        _put_off(s)


def _update_found(s: Situation, told: set[str]) -> None:
    """A fact that he tells himself counts more than the register's; once the SIRET is written nothing waits any more."""
    memory = s.memory
    if "siret" in told or (s.awaited == "confirm:company" and s.refused("company_fact")):
        memory.found = memory.doubted = None
    elif memory.found is not None:
        memory.found = {name: value for name, value in memory.found.items() if name not in told}


def _put_off(s: Situation) -> None:
    """No, or not now: the question is not asked again in this set-up. To the register's company a no asks for the SIRET."""
    memory = s.memory
    if s.awaited == "confirm:company":
        if s.has("skipped"):
            _add(memory.skipped, "company.siret")
        if not s.has("company_found"):
            memory.found = None
        return
    awaited = s.awaited or ""
    is_answer = awaited == f"{_SLOT}vat_regime" and s.has("denied")
    if awaited.startswith(_SLOT) and not is_answer:
        slot = awaited.removeprefix(_SLOT)
        _add(memory.skipped, "company." + ("insurance" if slot in _INSURANCE_PARTS else slot))


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
