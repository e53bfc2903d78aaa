"""What a simulated artisan did wrong. A dialogue that he spoiled says nothing about the assistant and is drawn again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from evals.checks.gates.language import other_language, without
from evals.checks.reading import folded, meant, replies, seed, strings
from evals.scenarios.placeholders import national
from evals.scenarios.schema import Scenario
from evals.traces import Trace

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_LETTERS = re.compile(r"[^\W\d_]+")


def user_fault(scenario: Scenario, trace: Trace) -> str | None:
    """The first thing that the artisan of a trace did wrong, in one sentence; None when he played well.

    He may say no number that he does not know and was not shown, must not stop while something is awaited, and keeps to
    his language.
    """
    return next(_faults(scenario, trace), None)


def _faults(scenario: Scenario, trace: Trace) -> Iterator[str]:
    texts = _told(scenario, trace)
    names = frozenset(word for text in texts for word in _LETTERS.findall(folded(text)))
    known = {number for text in texts for number in _numbers(text)}
    for number, turn in enumerate(trace.turns, start=1):
        for said in turn.said:
            if invented := sorted(_numbers(said.text) - known):
                yield f"turn {number}: he said {', '.join(map(str, invented))}, which he does not know"
            if spoken := other_language(without(said.text, names), trace.locale):
                yield f"turn {number}: he spoke another language ({spoken}): {said.text}"
        known |= {each for heard in replies(trace, turn) for each in _numbers(heard.text)}
    awaiting = trace.turns[-1].awaiting_after if trace.turns else None
    if not trace.turns:
        yield "he said nothing"
    elif awaiting and scenario.expect.outcome != "open" and trace.error is None:
        yield f"he stopped although {awaiting} was awaited"


def _told(scenario: Scenario, trace: Trace) -> list[str]:
    """Everything he is told before the talk, and the numbers that a calendar holds."""
    user = scenario.user
    parts: list[Any] = [user.persona or "", user.goal or "", user.opening, dict(user.knows)]
    told = list(strings(_plain(meant(scenario, trace, [_plain(part) for part in parts]))))
    return [
        *told,
        *strings(seed(scenario, trace)),
        *trace.phones.values(),
        *map(national, trace.phones.values()),
        str(date.fromisoformat(trace.started_at[:10]).year),
    ]


def _plain(part: Any) -> Any:
    return part.model_dump() if hasattr(part, "model_dump") else part


def _numbers(text: str) -> set[Decimal]:
    """The numbers of a text; a phone number counts in its groups and as a whole."""
    found = {Decimal(number.replace(",", ".")) for number in _NUMBER.findall(text)}
    return found | {Decimal(re.sub(r"\D", "", run)) for run in re.findall(r"\d[\d .]{7,}\d", text)}
