"""Amounts are never silently wrong: composed messages with known lines (UX G: "wrong silent change of an amount: 0")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rapidfuzz import fuzz

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.grammar.folding import fold
from tests.unit.agent.understanding.spoken_messages import Gold, Message, compose
from tools.commands import DialogueContext, Reading, UnderstandingRequest

_SURE = 0.9  # below, the assistant asks a model or says what it did not understand
_SEEDS = range(400)


def read(message: Message) -> Reading:
    context = DialogueContext(today=date(2026, 11, 21))
    return GrammarUnderstander().read(
        UnderstandingRequest(
            text=message.text, kind="voice" if message.kind == "voice" else "typed", language_hint=None, context=context
        )
    )


def amounts(args: dict[str, Any]) -> list[str]:
    return [
        args[name]
        for name in ("quantity", "unit_price", "total", "percent", "amount", "target_total")
        if args.get(name)
    ]


def problems(message: Message, reading: Reading) -> list[str]:
    """What is silently wrong: numbers nobody said, noise read as amounts, lines that differ from what was meant."""
    meant = {line.price for line in message.lines} | {line.quantity for line in message.lines if line.quantity}
    found = [command.args for command in reading.commands if command.name == "add_line_item"]
    out = [
        f"{value} is no amount of the message"
        for command in reading.commands
        for value in amounts(command.args)
        if Decimal(value) not in meant and not str(command.args.get("doubt")).startswith("thousands:")
    ]
    if reading.confidence < _SURE:
        return out
    left = list(found)
    for line in message.lines:
        best = max(left, key=lambda args: _likeness(line, args), default=None)
        if best is None:
            out.append(f"{line.words}: missing")
            continue
        left.remove(best)
        if best.get("doubt") is None and not _right(line, best):
            out.append(f"{line.words}: {best}")
    return out + [f"unexpected {args}" for args in left]


def _likeness(line: Gold, args: dict[str, Any]) -> float:
    return fuzz.token_set_ratio(fold(line.words), fold(args["description"])) + 50 * (
        Decimal(args.get("unit_price") or args.get("total") or "0") == line.price
    )


def _right(line: Gold, args: dict[str, Any]) -> bool:
    price = args.get("unit_price") or (args.get("total") if line.quantity is None else None)
    if price is None or Decimal(price) != line.price:
        return False
    if line.quantity is None:
        return args.get("quantity") in (None, "1")
    return Decimal(args.get("quantity") or 0) == line.quantity and args.get("unit") == line.unit


@pytest.mark.parametrize("seed", _SEEDS)
def test_amounts_are_those_that_were_said(seed: int) -> None:
    message = compose(seed)

    assert problems(message, read(message)) == [], message.text


def test_most_composed_messages_are_read_with_confidence() -> None:
    sure = sum(1 for seed in _SEEDS if read(compose(seed)).confidence >= _SURE)

    assert sure / len(_SEEDS) > 0.9
