"""What the offline set reached when it was last kept: later runs must not fall behind it.

Of the development part every dialogue is kept by name; of the test part only how many ended exactly as they should, so
that nobody learns from the file which of them to work on.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from evals.reporting.conversations import END_STATE
from evals.traces import Trace

_FOLDER = Path(__file__).parents[1] / "baselines"


class Baseline(BaseModel):
    """``failed``: development dialogues that did not pass, as "scenario locale"; ``ended_exactly``: test part, per locale."""

    model_config = ConfigDict(extra="forbid")

    understander: str
    commit: str | None
    failed: list[str]
    ended_exactly: dict[str, tuple[int, int]]


def baseline_of(traces: Iterable[Trace]) -> Baseline:
    """The baseline that a whole run makes."""
    played = [trace for trace in traces if trace.user_fault is None and trace.mutation is None]
    ended: dict[str, tuple[int, int]] = {}
    for trace in played:
        if trace.part == "test":
            right, of = ended.get(trace.locale, (0, 0))
            ended[trace.locale] = (right + ended_exactly(trace), of + 1)
    return Baseline(
        understander=played[0].understander,
        commit=played[0].commit,
        failed=sorted(name_of(trace) for trace in played if trace.part == "dev" and not trace.passed),
        ended_exactly=ended,
    )


def ended_exactly(trace: Trace) -> bool:
    """Whether the errand ended with exactly the rows and the outcome that were expected."""
    return trace.error is None and all(gate in trace.gates and trace.gates[gate].holds for gate in END_STATE)


def name_of(trace: Trace) -> str:
    return f"{trace.scenario} {trace.locale}"


def read_baseline(understander: str) -> Baseline:
    """The kept baseline. Raises FileNotFoundError when none was kept."""
    return Baseline.model_validate_json(_path(understander).read_text(encoding="utf-8"))


def keep(baseline: Baseline) -> Path:
    """Writes the baseline and returns its place; it is committed with the change that moved it."""
    path = _path(baseline.understander)
    path.parent.mkdir(exist_ok=True)
    path.write_text(baseline.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def _path(understander: str) -> Path:
    return _FOLDER / f"{understander}.json"
