"""A model cannot invent the share of a deposit, a situation or a guarantee, nor a signature, a credit or a correction."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.grounding import ground
from tools.commands import Command, DialogueContext, UnderstandingRequest

CONTEXT = DialogueContext(today=date(2026, 11, 21), clients=["Petit"])


def kept(text: str, *proposed: tuple[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    reading = GrammarUnderstander().read(UnderstandingRequest(text=text, context=CONTEXT))
    commands = [Command(name=name, args=args) for name, args in proposed]
    return [(command.name, command.args) for command in ground(commands, text, CONTEXT, reading).commands]


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("facture du chantier Petit", ("set_progress", {"percent": "60"})),
        ("devis pour Petit, peinture 500", ("set_deposit", {"percent": "30"})),
        ("facture Petit, peinture 500", ("set_retention", {"percent": "5"})),
        ("Petit demande où en est le devis", ("accept_quote", {"client_name": "Petit"})),
        ("la facture 12 est partie ?", ("issue_credit_note", {"reference": "12"})),
        ("la facture 12 est partie ?", ("correct_invoice", {"reference": "12"})),
        ("Petit'in faturası nerede", ("release_retention", {"client_name": "Petit"})),
        ("devis pour Petit, peinture 500", ("set_circumstances", {"off_premises": True})),
        ("devis pour Petit, peinture 500", ("set_waste", {"quantity": "3 m³ de gravats"})),
    ],
)
def test_what_was_not_said_is_dropped(text: str, proposed: tuple[str, dict[str, Any]]) -> None:
    assert proposed not in kept(text, proposed)


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("facture 60 % du chantier Petit", ("set_progress", {"percent": "60"})),
        ("işin %60'ını faturala", ("set_progress", {"percent": "60"})),
        ("retenue de garantie 5 %", ("set_retention", {"percent": "5"})),
        ("%5 teminat kesintisi", ("set_retention", {"percent": "5"})),
        ("Petit a signé", ("accept_quote", {"client_name": "Petit"})),
        ("avoir de 200 € sur la facture 12", ("issue_credit_note", {"reference": "12", "amount": "200"})),
        ("signé chez le client", ("set_circumstances", {"off_premises": True})),
        ("déchets : 2 m³ de gravats", ("set_waste", {"quantity": "2 m³ de gravats"})),
        (
            "Petit a payé 500 en espèces",
            ("record_payment", {"client_name": "Petit", "amount": "500", "method": "cash"}),
        ),
    ],
)
def test_what_was_said_stands(text: str, proposed: tuple[str, dict[str, Any]]) -> None:
    assert proposed in kept(text, proposed)


def test_an_invented_amount_is_the_grammars_or_none() -> None:
    text = "avoir de 200 € sur la facture 12"
    ((_, args),) = kept(text, ("issue_credit_note", {"reference": "12", "amount": "900"}))
    assert args["amount"] == "200"
    assert kept("annule la facture 12", ("issue_credit_note", {"reference": "12", "amount": "900"})) == [
        ("issue_credit_note", {"reference": "12"})
    ]


def test_a_way_of_paying_that_was_not_said_is_dropped() -> None:
    ((_, args),) = kept(
        "Petit a payé 500", ("record_payment", {"client_name": "Petit", "amount": "500", "method": "cash"})
    )
    assert "method" not in args
