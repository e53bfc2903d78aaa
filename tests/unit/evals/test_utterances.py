"""The scorer: what is right, what is missed, and what would have been wrong without anybody noticing."""

from __future__ import annotations

from typing import Any

import pytest

from evals.utterances.loading import Label, Utterance, utterances
from evals.utterances.measuring import measure, summarise
from evals.utterances.scoring import score
from tests.fakes.grammar import ScriptedGrammar
from tools.commands import Command, DialogueContext, DraftView, LineView, Reading

LINE = {"description": "placo BA13", "quantity": "12", "unit": "m²", "unit_price": "35"}


def utterance(*labels: tuple[str, dict[str, Any]]) -> Utterance:
    commands = [Label(name=name, args=args) for name, args in labels]
    return Utterance(text="12 m² de placo BA13 à 35", commands=commands, language="fr", part="dev")


def reading(*commands: tuple[str, dict[str, Any]], unexplained: tuple[str, ...] = ()) -> Reading:
    read = [Command(name=name, args=args) for name, args in commands]
    return Reading(commands=read, language="fr", confidence=1.0, unexplained=list(unexplained))


ONE_LINE = utterance(("add_line_item", LINE))


def test_the_same_line_in_other_words_is_right() -> None:
    read = {**LINE, "description": "Placo BA 13", "quantity": "12.0"}
    scored = score(ONE_LINE, reading(("add_line_item", read)))
    assert scored.right and scored.intents_right and not scored.silent
    assert summarise([scored]).line_f1 == 1.0


@pytest.mark.parametrize(
    ("change", "silent"),
    [
        ({"unit_price": "45"}, True),
        ({"quantity": "35", "unit_price": "12"}, True),
        ({"quantity": None}, True),
        ({"unit_price": None}, False),
        ({"unit_price": "45", "doubt": "phonetic:35"}, False),
        ({"unit": "ml"}, False),
        ({"vat_rate": "20"}, True),
    ],
)
def test_a_wrong_amount_is_silent_unless_doubted_or_asked_for(change: dict[str, Any], silent: bool) -> None:
    args = {slot: value for slot, value in {**LINE, **change}.items() if value is not None}
    scored = score(ONE_LINE, reading(("add_line_item", args)))
    assert not scored.right
    assert bool(scored.silent) is silent
    assert summarise([scored]).line_f1 < 1.0


def test_a_line_that_is_lost_is_silent_unless_its_number_is_said_to_be_left_over() -> None:
    other = ("start_document", {"kind": "quote"})
    assert score(ONE_LINE, reading(other)).silent
    assert not score(ONE_LINE, reading(other, unexplained=("12", "m²", "35"))).silent
    assert not score(ONE_LINE, reading()).silent


def test_an_invented_line_is_silent() -> None:
    scored = score(ONE_LINE, reading(("add_line_item", LINE), ("add_line_item", {**LINE, "unit_price": "7"})))
    assert scored.silent and scored.intents_right and not scored.right


def test_commands_that_took_each_others_place_are_counted() -> None:
    scored = score(utterance(("undo", {})), reading(("cancel_document", {})))
    assert scored.confused == [("undo", "cancel_document")]
    assert not scored.intents_right


@pytest.mark.parametrize("language", ["fr", "tr"])
async def test_every_development_row_is_read_by_the_scorer(language: Any) -> None:
    rows = utterances("dev", language)
    assert len(rows) >= 300
    right = {row.text: [Command(name=label.name, args=label.args) for label in row.commands] for row in rows}
    for row in rows[::7]:
        answer = Reading(commands=right[row.text], language=language, confidence=1.0)
        [scored] = await measure(ScriptedGrammar(answer), [row])
        assert scored.right, (row.text, scored.differences)


def test_a_phone_number_is_the_same_however_it_is_written() -> None:
    said = utterance(("update_client", {"phone": "0612345678"}))
    assert score(said, reading(("update_client", {"phone": "+33612345678"}))).right
    assert not score(said, reading(("update_client", {"phone": "+33612345679"}))).right


@pytest.mark.parametrize(
    ("label", "read"),
    [
        (
            ("update_line_item", {"match": "carrelage", "unit_price": "50"}),
            ("update_line_item", {"line": 2, "unit_price": "50"}),
        ),
        (("set_vat", {"rate": "10", "match": "placo"}), ("update_line_item", {"line": 1, "vat_rate": "10"})),
        (("confirm", {}), ("confirm", {"gate": "issue"})),
        (("cancel_document", {}), ("cancel_document", {"scope": "draft"})),
    ],
)
def test_two_ways_of_saying_the_same_are_the_same(label: Any, read: Any) -> None:
    lines = [LineView(position=1, description="Pose de placo"), LineView(position=2, description="Carrelage sol")]
    context = DialogueContext(awaiting="confirm:issue", draft=DraftView(kind="quote", lines=lines))
    said = utterance(label).model_copy(update={"context": context})
    assert score(said, reading(read)).right and score(said, reading(read)).intents_right


def test_another_line_is_another_line() -> None:
    lines = [LineView(position=1, description="Pose de placo"), LineView(position=2, description="Carrelage sol")]
    context = DialogueContext(awaiting="confirm:issue", draft=DraftView(kind="quote", lines=lines))
    said = utterance(("update_line_item", {"match": "carrelage", "unit_price": "50"}))
    said = said.model_copy(update={"context": context})
    assert not score(said, reading(("update_line_item", {"line": 1, "unit_price": "50"}))).right
