"""The learned reader: what it may never do, what it keeps of the rules, and that it belongs to the rows it names."""

from __future__ import annotations

from typing import Any

import pytest

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.learned import features
from agent.understanding.learned.decoding import decode
from agent.understanding.learned.model import Tagged, model_for
from agent.understanding.learned.reader import EmbeddedUnderstander
from evals.training.rows import fingerprint
from tools.commands import Choice, Command, DialogueContext, DraftView, LineView, UnderstandingRequest

QUOTE = DialogueContext(
    workflow="quote",
    awaiting="confirm:issue",
    draft=DraftView(
        kind="quote",
        client="Perrin",
        lines=[LineView(position=1, description="Peinture plafond", quantity="28", unit="m²", unit_price="16")],
    ),
)
SENDING = QUOTE.model_copy(
    update={
        "awaiting": "confirm:send_to_client",
        "choices": [
            Choice(number=1, label="Au client", value="send:client"),
            Choice(number=2, label="À moi", value="send:self"),
        ],
    }
)


def seen(text: str, context: DialogueContext = DialogueContext()) -> features.Sight:
    reading, session = GrammarUnderstander().look(UnderstandingRequest(text=text, context=context))
    return features.sight(session, reading)


def tagged(sight: features.Sight, tags: dict[str, str]) -> Tagged:
    found = [tags.get(item.text, "O") for item in sight.items]
    return Tagged(found, [1.0] * len(found))


def commands(sight: features.Sight, tags: dict[str, str], chances: dict[str, float]) -> list[Command]:
    return [each.command for each in decode(sight, tagged(sight, tags), chances)]


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_model_was_learned_from_the_rows_and_features_that_lie_beside_it(language: Any) -> None:
    assert model_for(language).learned_from == fingerprint(language), "rows or features changed: run  usta eval train"


@pytest.mark.parametrize("name", ["confirm", "choose", "send_whatsapp"])
def test_no_chance_makes_a_consent_that_the_rules_do_not_read(name: str) -> None:
    sight = seen("le plafond est en placo", SENDING)
    assert name not in {command.name for command in sight.reading.commands}
    chances = {name: 0.999, f"{name}.gate=issue": 0.999, f"{name}.to=client": 0.999}
    assert commands(sight, {"plafond": f"B-{name}.option"}, chances) == []


def test_a_consent_of_the_rules_is_kept_unless_the_message_surely_gives_none() -> None:
    sight = seen("oui vas-y", QUOTE)
    assert [command.name for command in commands(sight, {}, {"confirm": 0.2})] == ["confirm"]
    assert commands(sight, {}, {"confirm": 0.001, "NONE": 0.9}) == []
    assert [command.name for command in commands(sight, {}, {"confirm": 0.001, "deny": 0.9})] == ["deny"]


def test_what_the_rules_say_stands_where_nothing_better_is_known() -> None:
    sight = seen("reprends")
    assert [command.name for command in commands(sight, {}, {"resume_bot": 0.01})] == ["resume_bot"]
    assert commands(sight, {}, {"resume_bot": 0.01, "NONE": 0.9}) == []


def test_what_the_rules_read_on_the_same_words_stays_as_they_said_it() -> None:
    sight = seen("devis Mme Martin, 12 m² de placo à 35")
    line = next(command for command in sight.reading.commands if command.name == "add_line_item")
    tags = {
        "12 m²": "B-add_line_item.quantity",
        "placo": "I-add_line_item.description",
        "à 35": "I-add_line_item.unit_price",
    }
    assert commands(sight, tags, {"add_line_item": 1.0}) == [line]


def test_a_line_that_only_the_tagger_sees_is_built_from_the_items_it_tagged() -> None:
    sight = seen("y en a 34 du gres a 55")
    items = {item.text: item for item in sight.items}
    price = next(text for text in items if "55" in text)
    tags = {
        "34": "B-add_line_item.quantity",
        "gres": "I-add_line_item.description",
        price: "I-add_line_item.unit_price",
    }
    (line,) = commands(sight, tags, {"add_line_item": 1.0})
    assert (line.args["description"], line.args["quantity"], line.args["unit_price"]) == ("gres", "34", "55")


def test_a_count_without_a_unit_is_counted_as_the_price_is() -> None:
    sight = seen("55 du m2 la faience y en a 34")
    price = next(item.text for item in sight.items if item.per)
    tags = {
        price: "B-add_line_item.unit_price",
        "faience": "I-add_line_item.description",
        "34": "I-add_line_item.quantity",
    }
    (line,) = commands(sight, tags, {"add_line_item": 1.0})
    assert (line.args["quantity"], line.args["unit"], line.args["unit_price"]) == ("34", "m²", "55")


def test_a_command_that_must_name_its_kind_is_dropped_without_it() -> None:
    sight = seen("et voilà")
    assert commands(sight, {}, {"start_document": 0.9}) == []
    (started,) = commands(sight, {}, {"start_document": 0.9, "start_document.kind=invoice": 0.8})
    assert started.args == {"kind": "invoice"}


def test_numbers_are_only_those_that_were_said() -> None:
    """Every amount of every reading stands in the message: nothing is computed or remembered from the rows."""
    reader = EmbeddedUnderstander()
    for text in ("devis Mme Martin, 12 m² de placo à 35", "fais un devis pour Garnier trois prises à quarante-cinq"):
        reading = reader.read(UnderstandingRequest(text=text))
        values = {item.value.split()[0] for item in reading.recognised if item.value}
        for command in reading.commands:
            for slot in ("quantity", "unit_price", "total"):
                assert command.args.get(slot) is None or command.args[slot] in values


@pytest.mark.parametrize(
    "text", ["", " ", "?", "😀", "noté", "\x00", "a" * 5000, "1 2 3 4 5 6 7 8 9", "précise pour le lavabo"]
)
def test_odd_input_is_read(text: str) -> None:
    EmbeddedUnderstander().read(UnderstandingRequest(text=text, context=QUOTE))


def test_the_same_message_is_read_the_same_way_twice() -> None:
    request = UnderstandingRequest(text="mets le plafond à dix-sept et enlève la remise", context=QUOTE, kind="voice")
    assert EmbeddedUnderstander().read(request) == EmbeddedUnderstander().read(request)
