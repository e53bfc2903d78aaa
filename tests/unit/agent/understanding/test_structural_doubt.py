"""Where the structure of a message leaves open what a number is, nothing is taken silently: a doubt, a question, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from agent.understanding.grammar.engine import GrammarUnderstander
from tools.commands import Command, DialogueContext, UnderstandingRequest

_LINES: list[dict[str, Any]] = [
    {"position": 1, "description": "Pose de placo BA13", "quantity": "24", "unit": "m²", "unit_price": "35"},
    {"position": 2, "description": "Pose de meubles bas", "quantity": "5", "unit": "u", "unit_price": "70"},
]


def _read(text: str, awaiting: str = "slot:lines", lines: list[dict[str, Any]] | None = None) -> list[Command]:
    context = DialogueContext(
        workflow="quote",
        awaiting=awaiting,
        clients=["Costa", "Mme Roche"],
        draft={"kind": "quote", "client": "Mme Roche", "lines": lines or []},  # type: ignore[arg-type]
    )
    return GrammarUnderstander().read(UnderstandingRequest(text=text, context=context)).commands


def _amounts(commands: list[Command]) -> list[tuple[str | None, str | None]]:
    return [(c.args.get("quantity"), c.args.get("unit_price")) for c in commands if c.name == "add_line_item"]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("gouttière zinc 16 ml, descente EP 2 u à 85", [("16", None), ("2", "85")]),
        ("gouttière zinc 16 ml, deux descentes 85", [("16", None), ("2", "85")]),
        ("garde-corps acier 6 ml à 210, portail 1350", [("6", "210"), (None, "1350")]),
        ("40 metre çit ve 1 kapı 390", [("40", None), ("1", "390")]),
    ],
)
def test_a_thing_without_a_price_takes_none_from_the_next(
    text: str, amounts: list[tuple[str | None, str | None]]
) -> None:
    assert _amounts(_read(text)) == amounts


@pytest.mark.parametrize(
    "text",
    [
        "parquet 22 m², pose collée à 38",  # the price of the floor, or of laying it
        "placo 20 m², bandes à 12",
        "plinthes 24 ml et porte 320",  # a door at 320, or all of it
        "escalier bois, rampe 4 ml à 95",  # one thing or two
        "tubage inox 150 9 m à 88",  # 150 is a size, or a price
    ],
)
def test_a_price_that_may_be_anothers_is_doubted(text: str) -> None:
    lines = [c for c in _read(text) if c.name == "add_line_item"]
    assert lines
    assert all(c.args.get("doubt") for c in lines)


@pytest.mark.parametrize(
    "text",
    [
        "la pose et le raccordement 420",
        "la dépose et la pose 380",
        "le ballon et les raccords 930",
        "une porte et un bloc 300",
    ],
)
def test_two_works_at_one_price_are_one_line(text: str) -> None:
    (line,) = [c for c in _read(text) if c.name == "add_line_item"]
    assert line.args["unit_price"] and not line.args.get("doubt")


def test_an_article_right_after_a_thing_opens_another_one() -> None:
    lines = [c for c in _read("prises et un interrupteur les prises 320") if c.name == "add_line_item"]
    assert lines and all(c.args.get("doubt") for c in lines)


@pytest.mark.parametrize(
    "text",
    ["augmente le placo de 3 euros", "enlève 2 m2 au placo", "le placo 2 m2 de plus", "ajoute un euro au placo"],
)
def test_a_change_by_so_much_changes_nothing(text: str) -> None:
    assert _read(text, "confirm:issue", _LINES) == []


@pytest.mark.parametrize("text", ["pose de meubles hauts 4 u à 75", "dépose du placo 24 m² 9", "placo hydro 8 m2 à 42"])
def test_what_differs_in_one_word_is_another_line(text: str) -> None:
    assert [c.name for c in _read(text, "confirm:issue", _LINES)] == ["add_line_item"]


@pytest.mark.parametrize("text", ["entre 35 et 40", "26 ou 27", "35 40 arası", "6ya 4"])
def test_two_numbers_answer_a_question_about_one_with_none(text: str) -> None:
    assert _read(text, "slot:line.price", _LINES) == []


@pytest.mark.parametrize("text", ["échafaudage 15 jours 900", "iskele 15 gün 900", "duvar 2,5 metre sıva 10 m2 28den"])
def test_a_price_of_a_day_or_of_all_of_them_is_doubted(text: str) -> None:
    assert all(c.args.get("doubt") for c in _read(text) if c.args.get("unit_price"))


@pytest.mark.parametrize("text", ["trop cher, passe à 3000", "biri 380", "pahalı oldu 3000 yap"])
def test_words_that_name_no_thing_are_no_line(text: str) -> None:
    assert _read(text, "confirm:issue", _LINES) == []


def test_a_second_number_beside_a_change_is_said_to_be_left() -> None:
    context = DialogueContext(draft={"kind": "quote", "lines": _LINES})  # type: ignore[arg-type]
    reading = GrammarUnderstander().read(UnderstandingRequest(text="placo fiyatı 38 metresi 26", context=context))
    assert "26" in " ".join(reading.unexplained)


@pytest.mark.parametrize("text", ["Costa a payé la moitié", "Costa yarısını ödedi"])
def test_a_part_paid_is_not_the_whole(text: str) -> None:
    assert not any(c.name == "record_payment" for c in _read(text, "confirm:issue", _LINES))


def test_words_left_beside_an_amount_doubt_that_line_alone() -> None:
    text = "carrelage 20 m² à 47, plinthes 12 ml à 9, faïence 6 m² à 55, joint 30, zzkrrt wxqpf receveur 280"
    doubted = [bool(c.args.get("doubt")) for c in _read(text) if c.name == "add_line_item"]
    assert doubted[:3] == [False, False, False]
