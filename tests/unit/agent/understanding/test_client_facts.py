"""What is said about a client besides how to reach him, in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agent.understanding.grammar.engine import GrammarUnderstander
from tools.commands import Command, DialogueContext, DraftView, UnderstandingRequest
from tools.create_client import CreateClientArgs
from tools.update_client import UpdateClientArgs


def commands(text: str, language: str, awaiting: str = "confirm:issue") -> list[Command]:
    draft = DraftView(kind="quote", client="Petit")
    context = DialogueContext(awaiting=awaiting, today=date(2026, 11, 27), draft=draft)
    return GrammarUnderstander().read(UnderstandingRequest(text=text, language_hint=language, context=context)).commands


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("c'est une entreprise générale", "fr", {"main_contractor": True, "kind": "business"}),
        ("le client est un donneur d'ordre", "fr", {"main_contractor": True, "kind": "business"}),
        ("c'est un particulier", "fr", {"kind": "consumer"}),
        ("c'est une collectivité", "fr", {"kind": "public"}),
        ("c'est une entreprise", "fr", {"kind": "business"}),
        ("client étranger", "fr", {"kind": "foreign"}),
        ("son SIREN c'est 539 874 123", "fr", {"siren": "539874123"}),
        ("facturation au 3 rue Pasteur 69003 Lyon", "fr", {"billing_address": "3 rue Pasteur 69003 Lyon"}),
        ("adresse de facturation : 3 rue Pasteur, 69003 Lyon", "fr", {"billing_address": "3 rue Pasteur, 69003 Lyon"}),
        ("il a 3 salariés", "fr", {"small_business": True}),
        ("ils ont 12 salariés", "fr", {"small_business": False}),
        ("moins de 5 salariés", "fr", {"small_business": True}),
        ("le client est basé en Belgique, TVA BE0403019261", "fr", {"country": "BE", "vat_number": "BE0403019261"}),
        ("son adresse de facturation électronique 539874123_F", "fr", {"einvoicing_address": "539874123_F"}),
        ("genel müteahhit", "tr", {"main_contractor": True, "kind": "business"}),
        ("müşteri şirket", "tr", {"kind": "business"}),
        ("şahıs", "tr", {"kind": "consumer"}),
        ("kamu kurumu", "tr", {"kind": "public"}),
        ("fatura adresi 3 rue Pasteur 69003 Lyon", "tr", {"billing_address": "3 rue Pasteur 69003 Lyon"}),
        ("SIREN'i 539874123", "tr", {"siren": "539874123"}),
        ("3 çalışanı var", "tr", {"small_business": True}),
        ("ülkesi Belçika", "tr", {"country": "BE"}),
    ],
)
def test_a_fact_of_the_client(text: str, language: str, expected: dict[str, Any]) -> None:
    (command,) = commands(text, language)
    assert (command.name, command.args) == ("update_client", expected)
    UpdateClientArgs(**command.args)


def test_facts_go_on_the_card_of_a_new_client() -> None:
    (command,) = commands("nouveau client SARL Verdier, siren 539874123, facturation au 3 rue Pasteur 69003 Lyon", "fr")
    assert command.name == "create_client"
    assert command.args["siren"] == "539874123" and command.args["billing_address"] == "3 rue Pasteur 69003 Lyon"
    CreateClientArgs(**command.args)


def test_a_question_says_nothing() -> None:
    assert "update_client" not in [command.name for command in commands("c'est une entreprise ?", "fr")]


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("siret", "539 874 123", {"siren": "539874123"}),
        ("siret", "539 874 123 00026", {"siret": "53987412300026"}),
        ("vat_number", "BE 0403.019.261", {"vat_number": "BE0403019261"}),
    ],
)
def test_answers_to_questions_about_the_client(asked: str, text: str, expected: dict[str, Any]) -> None:
    (command,) = commands(text, "fr", f"slot:client.{asked}")
    assert (command.name, command.args) == ("update_client", expected)
