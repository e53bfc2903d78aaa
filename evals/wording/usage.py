"""Which scenarios say a sentence, read from what they said when they were last played."""

from __future__ import annotations

from collections.abc import Iterable

from evals.traces import Trace


def scenarios_that_say(traces: Iterable[Trace], name: str) -> list[str]:
    """Ids of the development scenarios in whose traces a prompt was used, by name.

    ``name`` is a sentence ("fr/questions.lines") or a template for models ("understanding/system"): those count where a
    model was asked.
    """
    of_models = name.startswith("understanding/")
    return sorted(
        {
            trace.scenario
            for trace in traces
            if trace.part == "dev"
            and any(
                bool(turn.model_calls) if of_models else any(said.startswith(f"{name}@") for said in turn.sentences)
                for turn in trace.turns
            )
        }
    )
