"""What is on paper."""

from __future__ import annotations

from collections.abc import Iterator

from evals.checks.gates.language import proper_names, turkish_words
from evals.scenarios.schema import Scenario
from evals.traces import Trace


def turkish_on_paper(scenario: Scenario, trace: Trace) -> Iterator[tuple[int, str]]:
    """A Turkish letter on a French document, names aside (UX-91)."""
    names = proper_names(scenario, trace)
    for document in trace.documents:
        if leaked := turkish_words(document.text, names):
            yield len(trace.turns), f"{document.number or document.kind} has {', '.join(leaked[:5])}"
