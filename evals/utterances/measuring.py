"""Reads every utterance of a part with an understander and sums the scores up."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from evals.utterances.loading import Utterance
from evals.utterances.scoring import Counts, Scored, score
from tools.commands import Reading, Understander


@dataclass
class Summary:
    """Figures of one slice (a part, a language, typed or voice). Rates are between 0 and 1, times in ms."""

    utterances: int = 0
    exact: float = 0.0
    intent: float = 0.0
    line_f1: float = 1.0
    client_f1: float = 1.0
    slots: dict[str, Counts] = field(default_factory=dict)
    silent: int = 0
    doubted: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    median_ms: float = 0.0
    slowest_ms: float = 0.0


async def measure(
    understander: Understander, rows: Iterable[Utterance], progress: Callable[[], object] = lambda: None
) -> list[Scored]:
    """Every row read and scored, one after another; ``progress`` is called after each."""
    found = []
    for row in rows:
        request = row.request()
        started = time.perf_counter()
        reading = await understander.understand(request)
        found.append(score(row, reading, (time.perf_counter() - started) * 1000))
        progress()
    return found


def summarise(scored: Sequence[Scored]) -> Summary:
    """The figures of a slice; an empty slice has no utterances."""
    if not scored:
        return Summary()
    slots: dict[str, Counts] = {}
    for each in scored:
        for name, counts in each.slots.items():
            slots[name] = slots.get(name, Counts()) + counts
    times = [each.milliseconds for each in scored]
    return Summary(
        utterances=len(scored),
        exact=sum(each.right for each in scored) / len(scored),
        intent=sum(each.intents_right for each in scored) / len(scored),
        line_f1=_sum(slots, "line.").f1,
        client_f1=_sum(slots, "client.").f1,
        slots=slots,
        silent=sum(bool(each.silent) for each in scored),
        doubted=sum(_doubts(each.reading) for each in scored),
        confusion=Counter(pair for each in scored for pair in each.confused),
        median_ms=median(times),
        slowest_ms=max(times),
    )


def _sum(slots: dict[str, Counts], prefix: str) -> Counts:
    return sum((counts for name, counts in slots.items() if name.startswith(prefix)), Counts())


def _doubts(reading: Reading) -> bool:
    return any(command.args.get("doubt") for command in reading.commands)
