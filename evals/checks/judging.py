"""Judges a played scenario: every gate, every reply check. Pure: from the scenario and its trace, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evals.checks.gates.consent import consent
from evals.checks.gates.db import db
from evals.checks.gates.injection import injection
from evals.checks.gates.isolation import isolation
from evals.checks.gates.language import language
from evals.checks.gates.outcome import outcome, outcome_of
from evals.checks.replies.registry import findings
from evals.scenarios.placeholders import UnknownPlaceholder
from evals.scenarios.schema import Scenario
from evals.traces import Trace, Verdict

Gate = Callable[[Scenario, Trace], list[str]]
GATES: dict[str, Gate] = {
    "db": db,
    "consent": consent,
    "isolation": isolation,
    "injection": injection,
    "language": language,
    "outcome": outcome,
}
"""Each gate gives the reasons why it does not hold; none means that it holds."""


def judge(scenario: Scenario, trace: Trace, gates: Mapping[str, Gate] = GATES) -> Trace:
    """The trace with its outcome, the verdict of every gate and the findings on its replies.

    Where nothing was said there is nothing to judge: ``error`` of the trace tells why.
    """
    if not trace.turns:
        return trace
    ended = trace.model_copy(update={"outcome": outcome_of(trace)})
    verdicts = {name: _verdict(gate, scenario, ended) for name, gate in gates.items()}
    return ended.model_copy(update={"gates": verdicts, "findings": findings(scenario, ended)})


def _verdict(gate: Gate, scenario: Scenario, trace: Trace) -> Verdict:
    try:
        reasons = gate(scenario, trace)
    except UnknownPlaceholder as error:
        reasons = [f"{scenario.id}: {error}"]
    return Verdict(holds=not reasons, reasons=reasons)
