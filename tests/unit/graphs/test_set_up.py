"""What a set-up asks next follows from the company and from what was said, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.company.steps import STEPS, decide
from graphs.shared.looking_up import looked_up
from graphs.shared.situation import Situation
from services.accounts.schemas import CompanyFacts
from services.company_register.register import RegisterAway, use_register
from services.company_register.schemas import Establishment
from tests.unit.graphs.test_company import BARE, FULL, profile
from tools.commands import Command
from tools.context import Fact, Memory

FOUND = {
    "siret": "84479338000016",
    "name": "KB",
    "legal_form": "EI",
    "address": "12 rue des Forges, 69100 Villeurbanne",
}


def situation(
    facts: CompanyFacts = BARE, *happened: Fact, awaited: str | None = None, memory: Memory | None = None
) -> Situation:
    return Situation(None, None, memory or Memory(), awaited, list(happened), company=profile(facts))


def updated(*fields: str) -> Fact:
    return Fact("company_updated", {"fields": list(fields)})


def with_facts(**more: Any) -> CompanyFacts:
    return BARE.model_copy(update=more)


def test_the_first_lack_is_asked_with_its_place() -> None:
    step = decide(situation())
    assert (step.awaiting, step.question) == ("slot:company.siret", "setup.siret")
    assert (step.values["place"], step.values["of"]) == (1, 6)
    assert step.current_step in STEPS


def test_questions_come_in_order_as_facts_are_known() -> None:
    known = with_facts(siret="84479338000016")
    asked = []
    for more in (
        {},
        {"address_line": "1 rue X", "postal_code": "69003", "city": "Lyon"},
        {"legal_form": "SARL"},
        {"capital": 5000},
        {"rcs_city": "Lyon"},
        {"vat_regime": "franchise"},
        {
            "insurance_status": "insured",
            "insurer_name": "MAAF",
            "insurer_address": "Chauray",
            "insurance_policy": "1",
            "insurance_area": "France",
        },
    ):
        known = known.model_copy(update=more)
        step = decide(situation(known))
        asked.append(step.awaiting)
        assert step.current_step in STEPS
    slots = ["address", "legal_form", "capital", "rcs_city", "vat_regime", "insurance", "logo"]
    assert asked == [f"slot:company.{slot}" for slot in slots]


def test_what_is_put_off_is_not_asked_again_and_a_no_to_vat_is_an_answer() -> None:
    memory = Memory()
    step = decide(situation(BARE, Fact("skipped"), awaited="slot:company.siret", memory=memory))
    assert memory.skipped == ["company.siret"] and step.awaiting == "slot:company.address"
    step = decide(situation(BARE, Fact("denied"), awaited="slot:company.vat_regime", memory=Memory()))
    assert step.actions == [("update_company", {"vat_regime": "franchise"})]


def test_the_one_part_of_an_insurance_that_is_missing_is_asked_by_its_name() -> None:
    told = {"siret": "84479338000016", "address_line": "1 rue X", "postal_code": "69003", "city": "Lyon"}
    insured = {
        "insurance_status": "insured",
        "insurer_name": "MAAF",
        "insurance_policy": "1",
        "insurance_area": "France",
    }
    facts = with_facts(**told, **insured, legal_form="EI", vat_regime="franchise")
    assert decide(situation(facts)).awaiting == "slot:company.insurer_address"
    memory = Memory()
    step = decide(situation(facts, Fact("skipped"), awaited="slot:company.insurer_address", memory=memory))
    assert memory.skipped == ["company.insurance"] and step.awaiting == "slot:company.logo"


def test_what_the_register_tells_is_written_only_after_a_yes() -> None:
    memory = Memory()
    step = decide(situation(BARE, Fact("company_found", {"facts": FOUND}), awaited="slot:company.siret", memory=memory))
    assert (step.awaiting, step.actions) == ("confirm:company", [])
    assert step.values["vat"] == "FR42844793380"
    yes = situation(BARE, Fact("confirmed"), awaited="confirm:company", memory=memory)
    assert decide(yes).actions == [("update_company", FOUND)]
    yes.facts.append(updated(*FOUND))
    assert decide(yes).actions == [] and memory.found is None


def test_a_yes_beside_another_number_is_no_yes_to_that_number() -> None:
    memory = Memory()
    other = {**FOUND, "siret": "73282932000074"}
    step = decide(
        situation(
            BARE,
            Fact("confirmed"),
            Fact("company_found", {"facts": other}),
            awaited="confirm:company",
            memory=memory,
        )
    )
    assert (step.awaiting, step.actions) == ("confirm:company", [])


def test_a_no_asks_for_the_number_and_a_correction_is_kept() -> None:
    memory = Memory(found=dict(FOUND))
    step = decide(situation(BARE, Fact("denied"), awaited="confirm:company", memory=memory))
    assert memory.found is None and step.awaiting == "slot:company.siret"
    memory = Memory(found=dict(FOUND))
    step = decide(situation(BARE, Fact("denied"), updated("address"), awaited="confirm:company", memory=memory))
    assert step.awaiting == "confirm:company" and memory.found is not None and "address" not in memory.found


def test_a_refused_number_is_not_written_in_a_loop() -> None:
    memory = Memory(found=dict(FOUND))
    refused = Fact("refused", {"key": "company_fact", "values": {"field": "siret_taken"}})
    step = decide(situation(BARE, Fact("confirmed"), refused, awaited="confirm:company", memory=memory))
    assert (step.actions, step.awaiting) == ([], "slot:company.siret")


def test_a_doubted_number_is_written_when_he_says_that_it_is_right() -> None:
    memory = Memory(doubted="84479338000016")
    step = decide(situation(BARE, Fact("confirmed"), awaited="slot:company.siret", memory=memory))
    assert step.actions == [("update_company", {"siret": "84479338000016"})]


def test_the_end_shows_the_card_once() -> None:
    memory = Memory(settled=["vat_regime"], skipped=["company.mediator"])
    end = situation(FULL, memory=memory)
    assert decide(end).actions == [("get_company", {})]
    end.facts.append(Fact("company_card"))
    assert decide(end).done and decide(end).answer == "setup.done"


def test_stop_ends_it() -> None:
    assert decide(situation(BARE, Fact("setup_stopped"), awaited="slot:company.iban")).done


class Register:
    def __init__(self, answer: Establishment | Exception | None) -> None:
        self.answer, self.asked = answer, list[str]()

    async def find(self, number: str) -> Establishment | None:
        self.asked.append(number)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        return None


class Context:
    def __init__(self) -> None:
        self.looked_up: dict[str, Any] = {}


TOLD = [Command(name="update_company", args={"siret": "84479338000016", "iban": "FR76"})]


@pytest.mark.parametrize("answer", [Establishment(siret="84479338000016", name="KB"), None, RegisterAway("?")])
async def test_a_number_is_looked_up_before_it_is_acted_on(answer: Establishment | Exception | None) -> None:
    register, context = Register(answer), Context()
    use_register(register)
    try:
        prepared = await looked_up(TOLD, "company", context)  # type: ignore[arg-type]
        assert await looked_up(TOLD, "quote", context) == TOLD  # type: ignore[arg-type]
        wrong = [Command(name="update_company", args={"siret": "84479338000017"})]
        assert await looked_up(wrong, "company", context) == wrong  # type: ignore[arg-type]
    finally:
        use_register(None)
    assert [command.name for command in prepared] == ["look_up_company", "update_company"]
    assert prepared[1].args == {"iban": "FR76"} and register.asked == ["84479338000016"]
    assert context.looked_up == {"84479338000016": "away" if isinstance(answer, Exception) else answer}
