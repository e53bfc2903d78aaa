"""A number that a reader took and no command carries puts a doubt on the line it stood beside."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.understanding.grammar import lost_numbers
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import load
from agent.understanding.grammar.session import Session
from tools.commands import DialogueContext


def _session(claimed: str | None, after: str = "portes") -> Session:
    items = [
        Item("word", "carrelage", "carrelage", 0, 9, claimed="add_line_item"),
        Item("money", "#m", "à 47", 10, 14, value=Decimal(47), claimed="add_line_item"),
        Item("number", "#n", "12", 15, 17, value=Decimal(12), claimed=claimed),
        Item("word", after, after, 18, 18 + len(after), claimed="topic"),
    ]
    session = Session(f"carrelage à 47 12 {after}", items, "fr", "typed", DialogueContext(), load())
    session.emit("add_line_item", {"description": "carrelage", "unit_price": "47"}, 0, 2)
    return session


def test_a_number_taken_for_nothing_is_lost_beside_its_line() -> None:
    session = _session("topic")
    assert lost_numbers.beside(session) == session.commands


@pytest.mark.parametrize("claimed", ["corrected", "total_said", None])
def test_a_number_that_was_taken_back_or_is_told_as_left_is_not_lost(claimed: str | None) -> None:
    assert lost_numbers.beside(_session(claimed)) == []


def test_a_time_is_told_in_other_numbers() -> None:
    assert lost_numbers.beside(_session("set_dates_", after="mois")) == []
