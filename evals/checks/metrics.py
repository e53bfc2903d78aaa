"""What a dialogue cost and how well its calls fitted: figures per trace, none of which decides (evals.md §2).

Money is EUR, durations are ms. Whatever a scenario says nothing about is None, not zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evals.checks.gates.db import expected_and_written
from evals.checks.rows import assigned, same
from evals.scenarios.schema import Scenario
from evals.traces import Trace, TurnTrace
from tools.commands import Language

MOST_ASKS = 2
FIELDS = ("quantity", "unit", "unit_price", "vat_rate", "description", "name", "phone", "client", "total", "status")
"""Columns whose exactness is told apart; that is where a changed prompt shows first."""
_NUMERIC = ("quantity", "unit_price", "price", "rate", "vat_rate", "percent", "amount", "total", "line")
_NUMBER_WORDS: dict[Language, frozenset[str]] = {
    "fr": frozenset(
        "un une deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente cent mille demi".split()
    ),
    "tr": frozenset(
        "bir iki üç dört beş altı yedi sekiz dokuz on yirmi otuz kırk elli yüz bin yarım buçuk yüzde".split()
    ),
}
_SLOTS = {
    "add_line_item": ("line", "match", "description"),
    "set_vat": ("line",),
    "set_dates": (),
    "set_note": ("text",),
}
"""Arguments that make two calls of a tool speak of different things."""


class Metrics(BaseModel):
    """Figures of one trace."""

    model_config = ConfigDict(extra="forbid")

    completed: bool
    turns: int
    turns_ratio: float
    """Turns beside the scenario's minimum."""
    reasks: int
    """Times a key was asked for beyond the second time in a row."""
    calls: int
    wasted_writes: int
    """Writing calls that were undone or overwritten in the same dialogue, corrections of the script aside."""
    refused: int
    invalid: int
    tool_precision: float | None
    """Share of the calls that were neither forbidden, too many, refused, invalid nor wasted."""
    exact: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """Per field: values as expected, values expected."""
    language_errors: int
    """Numbers of calls written as words of the user's language ("douze", "yüzde on")."""
    ungrounded: int
    llm_calls: int
    llm_calls_per_turn: float
    tokens: int
    cached_tokens: int
    tokens_per_turn: float
    documents: int
    llm_calls_per_document: float | None
    tokens_per_document: float | None
    cost: Decimal | None
    """EUR; None when no call told its price."""
    cost_completed: Decimal | None
    """``cost`` when the dialogue was completed."""
    turn_ms: list[int] = Field(default_factory=list)
    turn_ms_without_model: list[int] = Field(default_factory=list)


def metrics(scenario: Scenario, trace: Trace) -> Metrics:
    """The figures of one trace."""
    calls = [call for turn in trace.turns for call in turn.tool_calls]
    models = [call for turn in trace.turns for call in turn.model_calls]
    tokens = sum(call.input_tokens + call.output_tokens for call in models)
    prices = [Decimal(call.cost_eur) for call in models if call.cost_eur is not None]
    cost = sum(prices, Decimal(0)) if prices else None
    turns, documents = len(trace.turns), len({document.number for document in trace.documents if document.number})
    completed = trace.outcome == "completed" and trace.error is None
    wasted = _wasted(trace.turns)
    return Metrics(
        completed=completed,
        turns=turns,
        turns_ratio=turns / trace.minimum_turns,
        reasks=_reasks(trace.turns),
        calls=len(calls),
        wasted_writes=wasted,
        refused=sum(_refused(call) for call in calls),
        invalid=sum(_invalid(call) for call in calls),
        tool_precision=_precision(scenario, calls, wasted),
        exact=_exact(scenario, trace),
        language_errors=sum(_language_errors(call["args"], trace.locale) for call in calls),
        ungrounded=sum(turn.ungrounded for turn in trace.turns),
        llm_calls=len(models),
        llm_calls_per_turn=len(models) / turns if turns else 0.0,
        tokens=tokens,
        cached_tokens=sum(call.cached_tokens for call in models),
        tokens_per_turn=tokens / turns if turns else 0.0,
        documents=documents,
        llm_calls_per_document=len(models) / documents if documents else None,
        tokens_per_document=tokens / documents if documents else None,
        cost=cost,
        cost_completed=cost if completed else None,
        turn_ms=[turn.total_ms for turn in trace.turns],
        turn_ms_without_model=[
            max(turn.total_ms - sum(call.milliseconds for call in turn.model_calls), 0) for turn in trace.turns
        ],
    )


def percentile(values: Iterable[int], share: float) -> int | None:
    """The smallest value that ``share`` (0 to 1) of the values do not exceed; None without values."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else None


def exactness(all_metrics: Iterable[Metrics]) -> dict[str, tuple[int, int]]:
    """The exactness per field of many dialogues added up."""
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for each in all_metrics:
        for field, (hits, of) in each.exact.items():
            right[field] += hits
            wanted[field] += of
    return {field: (right[field], wanted[field]) for field in FIELDS if wanted[field]}


def _reasks(turns: Sequence[TurnTrace]) -> int:
    keys = [turn.awaiting_after for turn in turns]
    runs = [(key, len(list(group))) for key, group in groupby(keys)]
    return sum(max(0, length - MOST_ASKS) for key, length in runs if key is not None)


def _refused(call: dict[str, Any]) -> bool:
    return call.get("status") == "error" and str(call.get("result", "")).startswith("refused")


def _invalid(call: dict[str, Any]) -> bool:
    return call.get("status") == "error" and not _refused(call)


def _precision(scenario: Scenario, calls: Sequence[dict[str, Any]], wasted: int) -> float | None:
    if not calls:
        return None
    expected, made = scenario.expect.tools, Counter(call["name"] for call in calls)
    wrong = sum(made[tool] for tool in {*expected.must_not, *scenario.expect.forbidden.tools})
    wrong += sum(max(0, made[tool] - most) for tool, most in expected.max_calls.items())
    wrong += sum(_refused(call) or _invalid(call) for call in calls) + wasted
    return max(0.0, 1 - wrong / len(calls))


def _wasted(turns: Sequence[TurnTrace]) -> int:
    """Writing calls that code or artisan had to take back, or that were said again about the same thing.

    What the script corrects on purpose (a detour, an undo) is the artisan's change of mind and no waste.
    """
    wasted, last = 0, dict[tuple[str, ...], Any]()
    for turn in turns:
        meant = turn.detour in ("correction", "undo", "switch")
        for call in turn.tool_calls:
            if call.get("effect") != "DRAFT" or call.get("status") == "error" or call["name"] not in _SLOTS:
                continue
            about = (call["name"], *(str(call["args"].get(slot)) for slot in _SLOTS[call["name"]]))
            wasted += int(about in last and not meant)
            last[about] = call["args"]
        undone = sum(call["name"] == "undo" and call.get("status") != "error" for call in turn.tool_calls)
        wasted += 0 if meant else undone
    return wasted


def _exact(scenario: Scenario, trace: Trace) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for wanted, rows in expected_and_written(scenario, trace).values():
        pairs = assigned(wanted, rows)
        for index, expected in enumerate(wanted):
            row = rows[pairs[index]] if index in pairs else {}
            for field in set(expected) & set(FIELDS):
                there = row.get(field)
                choices = there if isinstance(there, frozenset) else [there]
                hits, of = found.get(field, (0, 0))
                found[field] = hits + int(any(same(field, expected[field], each) for each in choices)), of + 1
    return found


def _language_errors(args: dict[str, Any], language: Language) -> int:
    """Numeric arguments that no program can read because they are words."""
    found = 0
    for name, value in args.items():
        if name in _NUMERIC and isinstance(value, str) and not _is_number(value):
            found += bool(set(value.lower().replace("%", " ").split()) & _NUMBER_WORDS[language])
    return found


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True
