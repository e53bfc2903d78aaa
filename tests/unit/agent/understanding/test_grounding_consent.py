"""People, consent and invention: names and orders that a model makes up go nowhere."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.understanding.grounding import Grounded, ground
from agent.understanding.said_numbers import said_numbers
from tests.fakes.grammar import command, reading
from tools.commands import Choice, Command, DialogueContext, DraftView, LineView, Reading

NOTHING = reading(confidence=0.0)
TODAY = date(2026, 11, 21)
DRAFT = DraftView(
    kind="quote",
    client="Lefebvre",
    lines=[
        LineView(position=1, description="Chauffe-eau 200 L", quantity="1", unit="u", unit_price="780"),
        LineView(position=2, description="Pose et raccordement", quantity="1", unit="forfait", unit_price="420"),
        LineView(position=3, description="Carrelage sol", quantity="32", unit="m²", unit_price="48"),
    ],
)


def check(
    text: str, *commands: Command, own: Reading = NOTHING, draft: DraftView | None = None, **context: Any
) -> Grounded:
    return ground(list(commands), text, DialogueContext(draft=draft, today=TODAY, **context), own)


def args_of(grounded: Grounded) -> list[tuple[str, dict[str, Any]]]:
    return [(c.name, c.args) for c in grounded.commands]


class TestPeople:
    CLIENTS = ("SARL Boulangerie Marchand", "Lefèvre", "Garnier")

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("devis pour madame lefebvre", "Lefebvre"),
            ("lefevre'e teklif lazim", "Lefèvre"),
            ("garnierye teklif", "Garnier"),
            ("bâti sud'a fatura kes", "Bâti Sud"),
            ("devis pour la boulangerie à bron", "SARL Boulangerie Marchand"),
        ],
    )
    def test_said_or_known(self, text: str, name: str) -> None:
        assert check(text, command("select_client", name=name), clients=list(self.CLIENTS)).commands

    @pytest.mark.parametrize("name", ["Duval", "Lefèvre Boulangerie Dupont", "Garnier"])
    def test_invented_or_merely_known(self, name: str) -> None:
        result = check("devis pour madame martin", command("select_client", name=name), clients=list(self.CLIENTS))
        assert result.commands == []

    @pytest.mark.parametrize(
        ("slot", "value"),
        [
            ("phone", "0612345679"),
            ("phone", "+33700000000"),
            ("email", "duval@exemple.fr"),
            ("email", "uval@exemple.com"),
            ("siret", "81234567800018"),
            ("address", "15 rue des lilas"),
            ("address", "14 avenue Victor Hugo"),
        ],
    )
    def test_near_is_not_said(self, slot: str, value: str) -> None:
        text = "14 rue des lilas, 06 12 34 56 78, duval@exemple.com siret 812 345 678 00017"
        assert check(text, command("update_client", **{slot: value})).commands == []

    @pytest.mark.parametrize(
        ("slot", "value"),
        [
            ("phone", "+33612345678"),
            ("phone", "06.12.34.56.78"),
            ("email", "Duval@exemple.com"),
            ("siret", "81234567800017"),
            ("address", "14 rue des Lilas"),
        ],
    )
    def test_exactly_said(self, slot: str, value: str) -> None:
        text = "14 rue des lilas, 06 12 34 56 78, duval@exemple.com siret 812 345 678 00017"
        assert check(text, command("update_client", **{slot: value})).commands

    def test_a_document_is_named_by_its_number(self) -> None:
        wanted = command("get_document", reference="DEVIS-2026-0042", what="status")
        assert check("le devis 42 il en est où", wanted).commands
        assert check("le devis 43 il en est où", wanted).commands == []


class TestConsent:
    def test_a_confirm_needs_the_grammar(self) -> None:
        assert check("ok mais la 2 à 45", command("confirm", gate="issue"), draft=DRAFT).commands == []
        own = reading(command("confirm"))
        assert args_of(check("ok", command("confirm"), own=own)) == [("confirm", {})]

    def test_the_gate_is_the_grammar_s(self) -> None:
        result = check("ok", command("confirm", gate="send"), own=reading(command("confirm")))
        assert args_of(result) == [("confirm", {})]

    @pytest.mark.parametrize("own", [NOTHING, reading(command("confirm")), reading(command("confirm", gate="issue"))])
    def test_sending_to_the_client_needs_the_word_for_it(self, own: Reading) -> None:
        assert check("ok", command("send_whatsapp", to="client"), own=own).commands == []
        assert check("ok", command("send_whatsapp"), own=own).commands == []

    @pytest.mark.parametrize(
        "own", [reading(command("send_whatsapp", to="client")), reading(command("confirm", gate="send"))]
    )
    def test_sending_to_the_client_when_the_grammar_reads_it(self, own: Reading) -> None:
        assert check("envoie lui", command("send_whatsapp", to="client"), own=own).commands

    @pytest.mark.parametrize(
        "wrong",
        [
            command("issue_document"),
            command("generate_pdf"),
            command("issue_credit_note", reference="FACT-2026-0007"),
            command("cancel_document", scope="all"),
            command("delete_everything"),
        ],
    )
    def test_irreversible_and_unknown(self, wrong: Command) -> None:
        result = check("ok fact 7 FACT-2026-0007", wrong, own=reading(command("confirm")))
        assert result.commands == []
        assert result.dropped == 1

    def test_choosing_to_send_is_consent_too(self) -> None:
        choices = [Choice(number=1, label="Envoyer"), Choice(number=2, label="Garder")]
        wanted = command("choose", option=1)
        text = "la ligne 1 c'est bien 45 ?"
        assert check(text, wanted, choices=choices, awaiting="confirm:send_to_client").commands == []
        own = reading(command("choose", option=1))
        assert check("1", wanted, own=own, choices=choices, awaiting="confirm:send_to_client").commands
        assert check("le 2", command("choose", option=2), choices=choices, awaiting="choice:client").commands


NUMBERS = st.integers(min_value=1, max_value=9999).map(str)
WORDS = st.sampled_from(
    [
        "pose",
        "dalle",
        "m²",
        "à",
        "€",
        "tva",
        "%",
        "remise",
        "ligne",
        "et",
        "x",
        "bin",
        "yüz",
        "trois",
        "ttc",
        "le",
        "du",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(st.one_of(NUMBERS, WORDS), min_size=1, max_size=12),
    proposed=st.lists(
        st.fixed_dictionaries(
            {"description": st.just("dalle")},
            optional=dict.fromkeys(("quantity", "unit_price", "total", "vat_rate"), NUMBERS),
        ),
        max_size=4,
    ),
)
def test_no_number_passes_that_was_not_said(words: list[str], proposed: list[dict[str, str]]) -> None:
    text = " ".join(words)
    said = {value for number in said_numbers(text, "fr") for value in number.values}
    result = check(text, *[command("add_line_item", **args) for args in proposed])
    for kept in result.commands:
        for slot in ("quantity", "unit_price", "total"):
            if slot in kept.args and not (slot == "quantity" and kept.args[slot] == "1"):
                assert any(value == int(kept.args[slot]) for value in said)
