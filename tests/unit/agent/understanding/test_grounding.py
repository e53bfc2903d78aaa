"""What a model proposes stands only where the words, the draft or the grammar bear it out."""

from datetime import date
from typing import Any

import pytest

from agent.understanding.grounding import Grounded, ground
from tests.fakes.grammar import command, reading
from tools.commands import Command, DialogueContext, DraftView, LineView, Reading

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


class TestLines:
    def test_said_numbers_stand(self) -> None:
        line = command("add_line_item", description="placo ba13", quantity="12", unit="m²", unit_price="35")
        result = check("devis mme martin 12 m² de placo ba13 à 35", line)
        assert args_of(result) == [("add_line_item", line.args)]
        assert result.ungrounded == 0

    @pytest.mark.parametrize(
        ("text", "args"),
        [
            ("le balon sept cent quatre-vingt", {"description": "ballon", "unit_price": "780"}),
            ("chauffe haut deux cents litres 780", {"description": "chauffe-eau 200 litres", "unit_price": "780"}),
            ("béa treize 12 m2 à 35", {"description": "BA13", "quantity": "12", "unit": "m²", "unit_price": "35"}),
            ("ipn fourni pose 3m20 a 145 du ml", {"description": "ipn fourni pose", "quantity": "3.2", "unit": "ml"}),
            ("mutfak fayansı 14 metrekare 38den", {"description": "mutfak fayansı", "quantity": "14", "unit": "m²"}),
            ("söküm yüzelli euro", {"description": "söküm", "unit_price": "150"}),
            ("dolap iki buçuk bin", {"description": "dolap", "unit_price": "2500"}),
            ("la tranchée mille deux", {"description": "tranchée", "unit_price": "1200"}),
        ],
    )
    def test_words_units_and_repairs_of_both_languages(self, text: str, args: dict[str, Any]) -> None:
        result = check(text, command("add_line_item", **args))
        assert args_of(result) == [("add_line_item", args)]
        assert result.ungrounded == 0

    def test_a_price_nobody_said_is_dropped_and_doubted(self) -> None:
        result = check(
            "12 m² de placo", command("add_line_item", description="placo", quantity="12", unit="m²", unit_price="35")
        )
        assert args_of(result) == [
            (
                "add_line_item",
                {"description": "placo", "quantity": "12", "unit": "m²", "doubt": "ungrounded:unit_price"},
            )
        ]
        assert result.ungrounded == 1

    def test_the_grammar_wins_over_a_price_nobody_said(self) -> None:
        own = reading(command("add_line_item", description="placo", quantity="12", unit="m²", unit_price="35"))
        result = check(
            "12 m² de placo à 35",
            command("add_line_item", description="placo", quantity="12", unit="m²", unit_price="53"),
            own=own,
        )
        assert result.commands[0].args["unit_price"] == "35"
        assert result.ungrounded == 1

    def test_a_quantity_is_no_price(self) -> None:
        result = check("12 m² de placo", command("add_line_item", description="placo", quantity="12", unit_price="12"))
        assert "unit_price" not in result.commands[0].args

    def test_a_price_is_no_quantity(self) -> None:
        result = check("pose 420 €", command("add_line_item", description="pose", quantity="420", unit_price="420"))
        assert "quantity" not in result.commands[0].args

    def test_a_computed_total_disappears_without_a_question(self) -> None:
        result = check(
            "12 m² de placo à 35",
            command("add_line_item", description="placo", quantity="12", unit_price="35", total="420"),
        )
        assert result.commands[0].args == {"description": "placo", "quantity": "12", "unit_price": "35"}
        assert result.ungrounded == 1

    def test_one_price_is_not_spread_over_lines(self) -> None:
        lines = [command("add_line_item", description=name, unit_price="420") for name in ("pose", "raccordement")]
        result = check("pose 420 et raccordement", *lines)
        assert result.commands[0].args["unit_price"] == "420"
        assert result.commands[1].args == {"description": "raccordement", "doubt": "ungrounded:unit_price"}

    def test_one_price_is_shared_when_he_says_so(self) -> None:
        lines = [command("add_line_item", description=name, unit_price="420") for name in ("pose", "raccordement")]
        result = check("pose et raccordement 420 chacun", *lines)
        assert [c.args.get("unit_price") for c in result.commands] == ["420", "420"]

    def test_a_surface_serves_several_lines(self) -> None:
        lines = [
            command("add_line_item", description="préparation murs", quantity="85", unit="m²", unit_price="9"),
            command("add_line_item", description="peinture murs", quantity="85", unit="m²", unit_price="18"),
        ]
        result = check("les murs 85m2 preparation 9 et peinture 18", *lines)
        assert [c.args for c in result.commands] == [line.args for line in lines]

    def test_digits_of_a_phone_an_address_or_a_format_are_no_amount(self) -> None:
        text = "carrelage 60x60 pour 14 rue des lilas 69003 lyon tel 06 12 34 56 78"
        for number in ("60", "14", "69003", "612345678", "78"):
            result = check(text, command("add_line_item", description="carrelage", unit_price=number))
            assert "unit_price" not in result.commands[0].args

    def test_swapped_roles_are_those_of_the_grammar(self) -> None:
        own = reading(command("add_line_item", description="prises", quantity="12", unit_price="45"))
        result = check(
            "12 prises 45", command("add_line_item", description="prises", quantity="45", unit_price="12"), own=own
        )
        assert (result.commands[0].args["quantity"], result.commands[0].args["unit_price"]) == ("12", "45")

    def test_two_possible_prices_are_shown_as_a_doubt(self) -> None:
        own = reading(command("add_line_item", description="dalle béton", unit_price="65"))
        result = check(
            "dalle béton 65 ou 70", command("add_line_item", description="dalle béton", unit_price="70"), own=own
        )
        assert result.commands[0].args["doubt"] == "conflict:65"

    def test_vat_and_ttc_must_be_said(self) -> None:
        line = command(
            "add_line_item",
            description="placo",
            quantity="10",
            unit="m²",
            unit_price="35",
            vat_rate="10",
            price_mode="ttc",
        )
        result = check("10 m² de placo à 35", line)
        assert result.commands[0].args == {"description": "placo", "quantity": "10", "unit": "m²", "unit_price": "35"}
        result = check("10 m² de placo à 35 ttc tva 10", line)
        assert result.commands[0].args == line.args

    def test_a_designation_nobody_said_is_not_invented(self) -> None:
        result = check(
            "12 m² à 35", command("add_line_item", description="peinture acrylique velours", unit_price="35")
        )
        assert result.commands == []
        result = check("la terrasse 35", command("add_line_item", description="peinture acrylique", unit_price="35"))
        assert result.commands[0].args == {
            "description": "terrasse",
            "unit_price": "35",
            "doubt": "ungrounded:description",
        }

    def test_numbers_inside_a_designation_must_be_said(self) -> None:
        result = check(
            "chauffe-eau à 780", command("add_line_item", description="chauffe-eau 300 litres", unit_price="780")
        )
        assert result.commands[0].args["description"] == "chauffe-eau"
        assert result.ungrounded == 1

    def test_a_doubled_call_counts_once(self) -> None:
        line = command("add_line_item", description="pose", unit_price="420")
        result = check("pose 420", line, line.model_copy(deep=True))
        assert len(result.commands) == 1
        assert result.dropped == 1


class TestChanges:
    def test_line_by_number(self) -> None:
        change = command("update_line_item", line=2, unit_price="45")
        assert args_of(check("la 2 à 45", change, draft=DRAFT)) == [("update_line_item", change.args)]

    def test_a_line_nobody_pointed_at_is_not_changed(self) -> None:
        result = check("la 2 à 45", command("update_line_item", line=1, unit_price="45"), draft=DRAFT)
        assert result.commands == []
        assert result.dropped == 1

    @pytest.mark.parametrize(
        ("text", "line", "price"),
        [
            ("nan le carrelage quarante cinq", 3, "45"),
            ("le 780 c'est 870", 1, "870"),
            ("ikinciyi 450 yap", 2, "450"),
            ("la dernière à 50", 3, "50"),
        ],
    )
    def test_line_by_words_value_ordinal_or_place(self, text: str, line: int, price: str) -> None:
        change = command("update_line_item", line=line, unit_price=price)
        assert args_of(check(text, change, draft=DRAFT)) == [("update_line_item", change.args)]

    def test_repeating_what_the_line_says_is_no_change(self) -> None:
        result = check(
            "la 3 à 45", command("update_line_item", line=3, quantity="32", unit="m²", unit_price="45"), draft=DRAFT
        )
        assert result.commands[0].args == {"line": 3, "unit_price": "45"}
        assert result.ungrounded == 0

    def test_a_number_of_another_line_is_not_taken(self) -> None:
        result = check("change le carrelage", command("update_line_item", line=3, unit_price="780"), draft=DRAFT)
        assert result.commands == []
        assert result.ungrounded == 1

    def test_the_same_price_as_in_the_draft_when_he_says_the_same(self) -> None:
        line = command("add_line_item", description="carrelage mur", quantity="6", unit="m²", unit_price="48")
        assert args_of(check("ajoute carrelage mur 6 m² même prix", line, draft=DRAFT)) == [
            ("add_line_item", line.args)
        ]

    def test_answer_to_a_question_about_a_line(self) -> None:
        change = command("update_line_item", line=3, unit_price="52")
        result = check("52", change, draft=DRAFT, awaiting="slot:line.price", awaiting_line=3)
        assert args_of(result) == [("update_line_item", change.args)]

    def test_where_both_read_a_number_the_grammar_stands(self) -> None:
        own = reading(command("update_line_item", match="carrelage", unit_price="45"))
        result = check(
            "pas 48 mais 45 le carrelage", command("update_line_item", match="carrelage", unit_price="48"), own=own
        )
        assert result.commands[0].args["unit_price"] == "45"

    def test_one_said_pointer_is_enough(self) -> None:
        change = command("update_line_item", line=2, match="carrelage sol", match_value="48", unit_price="450")
        result = check("la 2 à 450", change, draft=DRAFT)
        assert args_of(result) == [("update_line_item", {"line": 2, "unit_price": "450"})]

    def test_a_value_that_no_line_carries_points_at_nothing(self) -> None:
        wrong = command("remove_line_item", match_value="450")
        assert check("la 2 à 450", wrong, draft=DRAFT).commands == []

    def test_a_count_is_no_line_number_and_a_price_no_quantity(self) -> None:
        wrong = command("update_line_item", line=3, match="carrelage sol", quantity="55", unit="m²")
        assert check("3 kapı 55'ten", wrong, draft=DRAFT).commands == []

    @pytest.mark.parametrize(
        "text", ["2yi 450 yap", "2'yi 450 yap", "2. satır 450", "2: 450", "ligne 2 450", "la 2 450"]
    )
    def test_ways_to_say_a_line_number(self, text: str) -> None:
        change = command("update_line_item", line=2, unit_price="450")
        assert args_of(check(text, change, draft=DRAFT)) == [("update_line_item", change.args)]

    def test_removal_needs_a_target(self) -> None:
        assert check("enlève", command("remove_line_item"), draft=DRAFT).commands == []
        assert check("enlève la pose", command("remove_line_item", match="pose"), draft=DRAFT).commands
        assert check("enlève la pose", command("remove_line_item", match="carrelage"), draft=DRAFT).commands == []

    @pytest.mark.parametrize(
        "wrong",
        [
            command("set_discount", percent="10"),
            command("set_discount", target_total="12000"),
            command("set_deposit", percent="30"),
            command("set_vat", rate="20"),
            command("record_payment", amount="500"),
            command("set_dates", validity_days=60),
            command("set_dates", service_date="2026-10-01"),
            command("set_site", completed_year=1990),
            command("set_site", premises="new_build"),
            command("set_subcontracting", value=True),
            command("lookup_siret", siret="81234567800017"),
            command("choose", option=2),
        ],
    )
    def test_a_command_without_its_number_goes(self, wrong: Command) -> None:
        result = check("fais moi le devis pour la maison", wrong, draft=DRAFT)
        assert result.commands == []
        assert result.dropped == 1

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("acompte de 30%", command("set_discount", percent="30")),
            ("%5 indirim yap", command("set_deposit", percent="5")),
            ("pose 500", command("record_payment", amount="500")),
            ("la 2 à 20", command("set_vat", rate="20", line=2)),
            ("la pose à 450", command("remove_line_item", match="pose")),
        ],
    )
    def test_a_said_number_does_not_make_another_command(self, text: str, wrong: Command) -> None:
        assert check(text, wrong, draft=DRAFT).commands == []

    @pytest.mark.parametrize(
        ("text", "right"),
        [
            ("%5 indirim yap", command("set_discount", percent="5")),
            ("fais-le à 12 500 ttc tout rond", command("set_discount", target_total="12500", price_mode="ttc")),
            ("acompte de la moitié", command("set_deposit", percent="50")),
            ("tva 5,5 sur la 1", command("set_vat", rate="5.5", line=1)),
            ("sans tva", command("set_vat", rate="0")),
            (
                "lefebvre m'a payé 500 hier",
                command("record_payment", client_name="lefebvre", amount="500", date="2026-11-20"),
            ),
            ("travaux finis le 12 novembre", command("set_dates", service_date="2026-11-12")),
            ("kasımda yaptım", command("set_dates", service_month="2026-11")),
            ("bu ay bitti", command("set_dates", service_month="2026-11")),
            ("paiement à 30 jours", command("set_dates", due_days=30)),
            ("maison de 1975", command("set_site", premises="dwelling", completed_year=1975)),
            ("ev otuz senelik", command("set_site", premises="dwelling", age_years=30)),
            ("taşeron işi", command("set_subcontracting", value=True)),
        ],
    )
    def test_what_was_said_stands(self, text: str, right: Command) -> None:
        result = check(text, right, draft=DRAFT)
        assert args_of(result) == [(right.name, right.args)], result.notes
