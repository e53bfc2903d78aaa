"""What a model proposes about the company or a client stands only where it was said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agent.understanding.grounding import ground
from tests.fakes.grammar import command, reading
from tools.commands import DialogueContext


def kept(text: str, name: str, awaiting: str | None = None, **args: Any) -> dict[str, Any] | None:
    context = DialogueContext(today=date(2026, 11, 27), awaiting=awaiting)
    found = ground([command(name, **args)], text, context, reading(confidence=0.0)).commands
    return found[0].args if found else None


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("mon siret c'est 812 345 676 00017", {"siret": "81234567600017"}),
        ("iban fr76 3000 6000 0112 3456 7890 189", {"iban": "FR7630006000011234567890189"}),
        ("je suis assuré à la maaf police 12345", {"insurer_name": "MAAF", "insurance_policy": "12345"}),
        ("je suis micro", {"vat_regime": "franchise"}),
        ("mikro şirketim var", {"vat_regime": "franchise"}),
        ("ma sarl a 5000 euros de capital", {"legal_form": "SARL", "capital": "5000"}),
        ("mon assurance finit le 31/12/2026", {"insurance_until": "2026-12-31"}),
        ("je suis à la tva sur les débits", {"vat_on_debits": True}),
    ],
)
def test_what_was_said_stands(text: str, args: dict[str, Any]) -> None:
    assert kept(text, "update_company", **args) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("mon siret c'est 812 345 676 00017", {"siret": "53987412300026"}),
        ("mon iban arrive", {"iban": "FR7630006000011234567890189"}),
        ("mon assurance c'est la maaf", {"insurance_policy": "998877"}),
        ("ma société a changé", {"vat_regime": "franchise"}),
        ("mon assurance c'est la maaf", {"insurance_until": "2026-12-31"}),
        ("ma sarl", {"capital": "5000"}),
        ("devis petit carrelage 45", {"default_vat_rate": "20"}),
    ],
)
def test_what_nobody_said_does_not(text: str, args: dict[str, Any]) -> None:
    assert kept(text, "update_company", **args) is None


def test_an_answer_needs_no_word_for_the_company() -> None:
    assert kept("maaf, 12345", "update_company", "slot:company.insurance", insurer_name="MAAF") == {
        "insurer_name": "MAAF"
    }
    assert kept("maaf, 12345", "update_company", insurer_name="MAAF") is None


@pytest.mark.parametrize(
    ("text", "args", "stands"),
    [
        ("c'est une entreprise générale", {"main_contractor": True}, True),
        ("le client est pressé", {"main_contractor": True}, False),
        ("son siren 539874123", {"siren": "539874123"}, True),
        ("son siren arrive", {"siren": "539874123"}, False),
        ("il habite en belgique", {"country": "BE"}, True),
        ("il habite loin", {"country": "BE"}, False),
        ("facture au 3 rue pasteur lyon", {"billing_address": "3 rue Pasteur Lyon"}, True),
    ],
)
def test_facts_of_a_client(text: str, args: dict[str, Any], stands: bool) -> None:
    assert kept(text, "update_client", **args) == (args if stands else None)
