"""Old traces judged anew, without playing: by the checks and the scenario files as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evals.checks.judging import judge
from evals.running.mutations import MUTATIONS
from evals.running.user_faults import user_fault
from evals.scenarios.loading import Part, scenarios
from evals.scenarios.schema import Scenario
from evals.traces import Trace


class Gone(LookupError):
    """The scenario or the mutation of a trace does not exist any more."""


def rescored(traces: Iterable[Trace]) -> Iterator[Trace]:
    """Every trace with new verdicts. Raises ``Gone`` for one whose scenario was removed; the message names it."""
    known: dict[Part, dict[str, Scenario]] = {}
    for trace in traces:
        if trace.part not in known:
            known[trace.part] = {scenario.id: scenario for scenario in scenarios(trace.part)}
        scenario = _changed(known[trace.part].get(trace.scenario), trace)
        fault = user_fault(scenario, trace) if trace.user == "llm" else None
        yield judge(scenario, trace.model_copy(update={"user_fault": fault}))


def _changed(scenario: Scenario | None, trace: Trace) -> Scenario:
    if scenario is None:
        raise Gone(f"{trace.scenario} of part {trace.part} is not there any more; its traces cannot be judged anew")
    if trace.mutation is None:
        return scenario
    mutate = MUTATIONS.get(trace.mutation)
    mutated = mutate(scenario) if mutate else None
    if mutated is None:
        raise Gone(f"the mutation {trace.mutation} of {trace.scenario} is not there any more")
    return mutated
