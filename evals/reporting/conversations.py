"""Figures of played scenarios: one set per part and locale, never mixed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median, quantiles

from evals.reporting.statistics import NOTHING, Rate, rate
from evals.traces import Trace

END_STATE = ("db", "outcome")
"""Gates that say whether the errand ended exactly as it should."""


@dataclass
class ConversationFigures:
    """One part in one locale. Times in ms, cost in EUR; None where nothing of the kind happened."""

    part: str
    locale: str
    understander: str
    trials: int = 0
    passed: Rate = NOTHING
    """pass^1."""
    always: Rate | None = None
    """pass^k with k = the number of trials, when there were several."""
    exact_end_state: Rate = NOTHING
    families: dict[str, Rate] = field(default_factory=dict)
    workflows: dict[str, Rate] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    """Gate to number of dialogues that broke it."""
    errors: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    turns: int = 0
    turns_ratio: float | None = None
    median_ms: float | None = None
    p95_ms: float | None = None
    p95_without_model_ms: float | None = None
    model_calls_per_turn: float = 0.0
    tokens_per_turn: float = 0.0
    tokens_per_document: float | None = None
    eur_per_document: Decimal | None = None
    ungrounded: int = 0
    escalated: float = 0.0
    """Share of turns for which a model was asked."""
    user_faults: float = 0.0
    """Share of runs that a simulated user spoiled; they are not counted otherwise."""


def figures(traces: Iterable[Trace]) -> list[ConversationFigures]:
    """The figures per part and locale, test part first, French before Turkish."""
    groups: dict[tuple[str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[trace.part, trace.locale].append(trace)
    order = sorted(groups, key=lambda key: (key[0] != "test", key[1]))
    return [_of(part, locale, groups[part, locale]) for part, locale in order]


def _of(part: str, locale: str, traces: Sequence[Trace]) -> ConversationFigures:
    sound = [trace for trace in traces if trace.user_fault is None]
    found = ConversationFigures(part, locale, ", ".join(sorted({trace.understander for trace in traces})))
    found.user_faults = 1 - len(sound) / len(traces)
    if not sound:
        return found
    found.trials = max(trace.trial for trace in sound)
    found.passed = _rate(sound)
    if found.trials > 1:
        complete = [each for each in _scenarios(sound).values() if len(each) >= found.trials]
        found.always = rate([_counts(each) for each in complete], found.trials) if complete else None
    found.exact_end_state = rate([_counts(each, END_STATE) for each in _scenarios(sound).values()])
    found.families = _rates_by(sound, [trace.family for trace in sound])
    found.workflows = _rates_by(sound, [trace.workflow for trace in sound])
    found.errors = sum(trace.error is not None for trace in sound)
    for trace in sound:
        found.broken.update(name for name, verdict in trace.gates.items() if not verdict.holds)
        found.findings.update(finding.check for finding in trace.findings)
    _work(found, sound)
    return found


def _work(found: ConversationFigures, traces: Sequence[Trace]) -> None:
    turns = [turn for trace in traces for turn in trace.turns]
    found.turns = len(turns)
    if not turns:
        return
    ratios = [len(trace.turns) / trace.minimum_turns for trace in traces if trace.outcome == "completed"]
    found.turns_ratio = median(ratios) if ratios else None
    found.median_ms, found.p95_ms = _middle_and_high([turn.answered_ms for turn in turns if turn.answered_ms])
    without = [turn.total_ms - sum(call.milliseconds for call in turn.model_calls) for turn in turns if turn.total_ms]
    _, found.p95_without_model_ms = _middle_and_high(without)
    calls = [call for turn in turns for call in turn.model_calls]
    documents = sum(len(trace.documents) for trace in traces)
    tokens = sum(call.input_tokens + call.output_tokens for call in calls)
    found.model_calls_per_turn, found.tokens_per_turn = len(calls) / len(turns), tokens / len(turns)
    found.escalated = sum(bool(turn.model_calls) for turn in turns) / len(turns)
    found.ungrounded = sum(turn.ungrounded for turn in turns)
    if documents and calls:
        cost = sum((Decimal(call.cost_eur) for call in calls if call.cost_eur), Decimal(0))
        found.tokens_per_document = tokens / documents
        found.eur_per_document = (cost / documents).quantize(Decimal("0.0001"))


def _middle_and_high(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Median and 95th percentile."""
    if not values:
        return None, None
    if len(values) == 1:
        return float(values[0]), float(values[0])
    return median(values), quantiles(values, n=20, method="inclusive")[18]


def _rates_by(traces: Sequence[Trace], names: Sequence[str]) -> dict[str, Rate]:
    groups: dict[str, list[Trace]] = defaultdict(list)
    for trace, name in zip(traces, names, strict=True):
        groups[name].append(trace)
    return {name: _rate(groups[name]) for name in sorted(groups)}


def _rate(traces: Sequence[Trace]) -> Rate:
    return rate([_counts(each) for each in _scenarios(traces).values()])


def _scenarios(traces: Sequence[Trace]) -> dict[tuple[str, str, str], list[Trace]]:
    groups: dict[tuple[str, str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[trace.key].append(trace)
    return groups


def _counts(trials: Sequence[Trace], gates: Sequence[str] | None = None) -> tuple[int, int]:
    if gates is None:
        return sum(trace.passed for trace in trials), len(trials)
    held = [
        trace.error is None and all(gate in trace.gates and trace.gates[gate].holds for gate in gates)
        for trace in trials
    ]
    return sum(held), len(trials)
