"""A model that answers with the right commands but for one error, over every labelled message of both languages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from agent.understanding.grounding import ground
from agent.understanding.merging import merge
from agent.understanding.said_numbers import said_numbers
from agent.understanding.tool_schemas import command_from_call
from evals.utterances.loading import TODAY
from tests.unit.agent.understanding.command_tables import development_rows, read
from tools.commands import Command, DialogueContext, Reading
from tools.registry import REGISTRY

AMOUNTS = ("quantity", "unit_price", "total", "percent", "amount", "target_total", "rate", "vat_rate")
IN_WORDS = ("set_waste",)  # its quantity is words: "1 m3 de gravats"
BY_NAME = ("choose", "move_line_item")  # places found by words: only the grammar knows their number
ORDERS = ("confirm", "send_whatsapp", "issue_document", "issue_credit_note")


class Row:
    """A labelled message: what a perfect model would answer, and what the grammar reads."""

    def __init__(self, row: dict[str, Any], language: str) -> None:
        self.text: str = row["text"]
        self.language = language
        self.context = DialogueContext(**{"today": TODAY, **(row.get("context") or {})})
        self.own = read(row, language)
        read_calls = [command_from_call(c["name"], c.get("args") or {}) for c in row["commands"] or []]
        self.right = [c for c in read_calls if isinstance(c, Command)]
        for command in self.right:
            command.args.pop("doubt", None)
        self.said = {value for number in said_numbers(self.text, language, TODAY) for value in number.values}

    @property
    def carried(self) -> set[Decimal]:
        """What the lines of the draft carry now: setting it again changes nothing."""
        lines = self.context.draft.lines if self.context.draft else []
        return {Decimal(value) for line in lines for value in (line.quantity, line.unit_price, line.total) if value}

    @property
    def silent_grammar(self) -> Reading:
        """A grammar that understood nothing of it, so that grounding stands alone."""
        return self.own.model_copy(update={"commands": [], "recognised": []})


def amounts(commands: list[Command]) -> set[tuple[str, str, Decimal]]:
    """Every amount of the commands, those of a doubted line aside: it is asked about."""
    return {
        (command.name, slot, Decimal(str(command.args[slot])))
        for command in commands
        for slot in AMOUNTS
        if slot in command.args and "doubt" not in command.args and command.name not in IN_WORDS
    }


def wrong_numbers(row: Row) -> Iterator[tuple[list[Command], Decimal]]:
    """The right answer with one amount that nobody said: ten times as much, VAT added, digits reversed…"""
    chance = random.Random(row.text)
    for place, command in enumerate(row.right):
        for slot in set(AMOUNTS[:6]) & set(command.args) if command.name not in IN_WORDS else ():
            right = Decimal(command.args[slot])
            errors = [right * 10, right + 1, right * Decimal("1.2"), right * Decimal("1.1"), Decimal(str(right)[::-1])]
            known = row.said | row.carried | {right, Decimal(1)}
            errors = [error for error in errors if error not in known]
            if errors:
                wrong, error = deepcopy(row.right), chance.choice(errors)
                wrong[place].args[slot] = format(error.normalize(), "f")
                yield wrong, error


@pytest.fixture(scope="module", params=["fr", "tr"])
def table(request: pytest.FixtureRequest) -> list[Row]:
    found = [Row(row, request.param) for row in development_rows(request.param)]
    assert len(found) > 100
    return found


def test_a_perfect_answer_passes_untouched(table: list[Row]) -> None:
    for row in table:
        result = ground(row.right, row.text, row.context, row.own)
        assert (result.ungrounded, result.dropped) == (0, 0), (row.text, result.notes)


def test_grounding_alone_lets_through_hardly_anything_less_than_all(table: list[Row]) -> None:
    lost = total = 0
    for row in (row for row in table if not any(command.name in BY_NAME for command in row.right)):
        result = ground(row.right, row.text, row.context, row.silent_grammar)
        lost += result.ungrounded
        total += len(amounts(row.right))
    assert lost <= total / 100


def test_a_number_nobody_said_never_gets_through(table: list[Row]) -> None:
    tried = 0
    for row in table:
        for wrong, error in wrong_numbers(row):
            tried += 1
            for own in (row.silent_grammar, row.own):
                result = ground(wrong, row.text, row.context, own)
                for commands in (result.commands, merge(result.commands, row.text, row.context, own)):
                    for command in commands:
                        REGISTRY[command.name].args.model_validate(command.args)
                    assert error not in {value for _, _, value in amounts(commands)}, row.text
                assert result.ungrounded >= 1 or result.dropped >= 1, row.text
    assert tried > 150


def test_beside_the_grammar_a_role_error_is_corrected_or_doubted(table: list[Row]) -> None:
    for row in table:
        known = amounts(row.right) | amounts(row.own.commands)
        for place, command in enumerate(row.right):
            if command.name != "add_line_item" or not {"quantity", "unit_price"} <= set(command.args):
                continue
            swapped, multiplied, taxed = deepcopy(row.right), deepcopy(row.right), deepcopy(row.right)
            mine = swapped[place].args
            mine["quantity"], mine["unit_price"] = mine["unit_price"], mine["quantity"]
            product = Decimal(command.args["quantity"]) * Decimal(command.args["unit_price"])
            multiplied[place].args["total"] = format(product.normalize(), "f")
            taxed[place].args.setdefault("vat_rate", "5.5")
            taxed[place].args.setdefault("price_mode", "ttc")
            for wrong in (swapped, multiplied, taxed):
                result = ground(wrong, row.text, row.context, row.own)
                assert amounts(result.commands) <= known | {("add_line_item", "quantity", Decimal(1))}, row.text


def test_orders_added_by_the_model_are_the_grammar_s_or_nobody_s(table: list[Row]) -> None:
    extra = [
        Command(name="confirm", args={"gate": "issue"}),
        Command(name="confirm", args={"gate": "send"}),
        Command(name="send_whatsapp", args={"to": "client"}),
        Command(name="issue_document"),
        Command(name="issue_credit_note"),
    ]
    for row in table:
        allowed = {c.name for c in row.own.commands}
        sends = {c.args.get("gate") for c in row.own.commands if c.name == "confirm"}
        result = ground([*row.right, *extra], row.text, row.context, row.own)
        for command in merge(result.commands, row.text, row.context, row.own):
            if command.name not in ORDERS:
                continue
            assert command.name in allowed or (command.name == "send_whatsapp" and "send" in sends), row.text
            if command.name == "confirm":
                assert command.args.get("gate") in sends, row.text
