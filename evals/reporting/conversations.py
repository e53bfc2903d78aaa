"""Figures of played scenarios: one set per part and locale, never mixed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import fmean, median

from evals.checks.metrics import Metrics, exactness, metrics, percentile
from evals.reporting.statistics import NOTHING, Rate, rate
from evals.scenarios.loading import Part, scenarios
from evals.scenarios.schema import Scenario
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
    reasks: int = 0
    """Questions asked more than twice in a row."""
    tool_precision: float | None = None
    refused: int = 0
    invalid: int = 0
    wasted: int = 0
    """Writing calls that had to be taken back or were overwritten."""
    language_errors: int = 0
    """Numbers of calls left as words of the artisan's language."""
    exact: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Per field of the expected rows: right, expected."""
    median_ms: float | None = None
    p95_ms: float | None = None
    p95_without_model_ms: float | None = None
    model_calls_per_turn: float = 0.0
    tokens_per_turn: float = 0.0
    model_calls_per_document: float | None = None
    tokens_per_document: float | None = None
    eur_per_document: Decimal | None = None
    ungrounded: int = 0
    escalated: float = 0.0
    """Share of turns for which a model was asked."""
    user_faults: float = 0.0
    """Share of runs that a simulated user spoiled; they are not counted otherwise."""


Scenarios = Mapping[tuple[str, str], Scenario]
"""Scenarios by part and id."""


def known_scenarios() -> dict[tuple[str, str], Scenario]:
    """All scenarios there are now."""
    parts: tuple[Part, ...] = ("dev", "test")
    return {(part, scenario.id): scenario for part in parts for scenario in scenarios(part)}


def figures(traces: Iterable[Trace], known: Scenarios) -> list[ConversationFigures]:
    """The figures per part and locale, test part first, French before Turkish."""
    groups: dict[tuple[str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        groups[trace.part, trace.locale].append(trace)
    order = sorted(groups, key=lambda key: (key[0] != "test", key[1]))
    return [_of(part, locale, groups[part, locale], known) for part, locale in order]


def _of(part: str, locale: str, traces: Sequence[Trace], known: Scenarios) -> ConversationFigures:
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
    pairs = [(known[part, trace.scenario], trace) for trace in sound if (part, trace.scenario) in known and trace.turns]
    _work(found, sound, [metrics(scenario, trace) for scenario, trace in pairs])
    return found


def _work(found: ConversationFigures, traces: Sequence[Trace], measured: Sequence[Metrics]) -> None:
    """What the dialogues took; only those count whose scenario is still there to say what was expected."""
    turns = [turn for trace in traces for turn in trace.turns]
    found.turns = len(turns)
    if not turns or not measured:
        return
    ratios = [each.turns_ratio for each in measured if each.completed]
    found.turns_ratio = median(ratios) if ratios else None
    found.median_ms = percentile([turn.answered_ms for turn in turns if turn.answered_ms], 0.5)
    found.p95_ms = percentile([turn.answered_ms for turn in turns if turn.answered_ms], 0.95)
    found.p95_without_model_ms = percentile([ms for each in measured for ms in each.turn_ms_without_model], 0.95)
    found.reasks = sum(each.reasks for each in measured)
    precisions = [each.tool_precision for each in measured if each.tool_precision is not None]
    found.tool_precision = fmean(precisions) if precisions else None
    found.refused, found.invalid = sum(each.refused for each in measured), sum(each.invalid for each in measured)
    found.wasted = sum(each.wasted_writes for each in measured)
    found.language_errors = sum(each.language_errors for each in measured)
    found.exact = exactness(measured)
    found.ungrounded = sum(each.ungrounded for each in measured)
    found.escalated = sum(bool(turn.model_calls) for turn in turns) / len(turns)
    _cost(found, measured)


def _cost(found: ConversationFigures, measured: Sequence[Metrics]) -> None:
    calls, tokens = sum(each.llm_calls for each in measured), sum(each.tokens for each in measured)
    turns, documents = sum(each.turns for each in measured), sum(each.documents for each in measured)
    found.model_calls_per_turn, found.tokens_per_turn = calls / turns, tokens / turns
    if documents and calls:
        found.model_calls_per_document, found.tokens_per_document = calls / documents, tokens / documents
        cost = sum((each.cost for each in measured if each.cost is not None), Decimal(0))
        found.eur_per_document = (cost / documents).quantize(Decimal("0.0001"))


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
