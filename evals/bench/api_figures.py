"""What the load on the admin API came to, as lines to print."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from evals.bench.load import percentile

_BASELINE = "bare FastAPI route, one raw query of a page of clients, as many clients and processes"
_PEOPLE, _NO_PAUSE = "who look for a second", "without a pause"
ALL = "all ten"


@dataclass
class Latencies:
    """Milliseconds from sending to the last byte, by request."""

    by_request: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: float = 0.0

    @property
    def all(self) -> list[float]:
        return [taken for one in self.by_request.values() for taken in one]

    def named(self) -> dict[str, list[float]]:
        """By request, and all together."""
        return {**self.by_request, ALL: self.all}


@dataclass(frozen=True)
class Round:
    """One measurement of one size of the database."""

    people: Latencies
    bare_people: Latencies
    ours: Latencies
    bare: Latencies
    processor: dict[str, float]
    """Milliseconds of processor time of a request, by part: what a busy neighbour on the machine changes least."""
    statements_p95: float
    """Milliseconds, by PostgreSQL's own clock."""


def figures(measured: Round, size: dict[str, int], clients: int) -> list[dict[str, Any]]:
    """Latencies of both kinds of clients, the rate, the processor and the statements."""
    lines = _latencies(measured.people, measured.bare_people, f"{clients} clients {_PEOPLE}", size)
    lines += _latencies(measured.ours, measured.bare, f"{clients} clients {_NO_PAUSE}", size)
    rate, bare_rate = (len(one.all) / one.seconds for one in (measured.ours, measured.bare))
    lines.append(
        {
            "figure": f"requests answered, {clients} clients {_NO_PAUSE}",
            "unit": "requests/s",
            "value": round(rate, 1),
            "baseline": round(bare_rate, 1),
            "ratio": round(rate / bare_rate, 2),
            "baseline_is": _BASELINE,
            **size,
        }
    )
    lines.append(
        {
            "figure": "processor time of a request",
            "unit": "ms",
            "value": round(sum(measured.processor.values()), 2),
            "parts": {part: round(used, 2) for part, used in measured.processor.items()},
            **size,
        }
    )
    lines.append(
        {"figure": "a statement in PostgreSQL, p95", "unit": "ms", "value": round(measured.statements_p95, 2), **size}
    )
    return lines


def _latencies(ours: Latencies, bare: Latencies, who: str, size: dict[str, int]) -> list[dict[str, Any]]:
    baseline = percentile(bare.all, 0.95)
    return [
        {
            "figure": f"{name}, p95 with {who}",
            "unit": "ms",
            "value": round(percentile(taken, 0.95), 1),
            "p50": round(percentile(taken, 0.5), 1),
            "baseline": round(baseline, 1),
            "ratio": round(percentile(taken, 0.95) / baseline, 2),
            "baseline_is": _BASELINE,
            "requests": len(taken),
            **size,
        }
        for name, taken in ours.named().items()
    ]


def growth_figures(small: Round, grown: Round, size: dict[str, int], clients: int) -> list[dict[str, Any]]:
    """The same on the larger database, beside the smaller one of this run."""
    lines = []
    for who, before, after in ((_PEOPLE, small.people, grown.people), (_NO_PAUSE, small.ours, grown.ours)):
        for name, taken in after.named().items():
            first, second = percentile(before.named()[name], 0.95), percentile(taken, 0.95)
            lines.append(_larger(f"{name}, p95 with {clients} clients {who}", first, second, size))
    lines.append(_larger("a statement in PostgreSQL, p95", small.statements_p95, grown.statements_p95, size))
    return lines


def _larger(figure: str, first: float, second: float, size: dict[str, int]) -> dict[str, Any]:
    return {
        "figure": f"{figure}, larger database",
        "unit": "ms",
        "value": round(second, 2),
        "baseline": round(first, 2),
        "ratio": round(second / first, 2),
        "baseline_is": "the smaller database of this run",
        **size,
    }
