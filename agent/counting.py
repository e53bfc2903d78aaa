"""Counts turns for /metrics (R255)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.operations import metrics

if TYPE_CHECKING:
    from agent.turn import Turn


class Counts:
    """What one turn adds."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def done(self, turn: Turn) -> None:
        """The turn is committed; "kept" when no workflow had anything to do with its messages."""
        reading = turn.reading
        workflow = turn.records[-1].run.workflow if turn.records else "none"
        self._observe(workflow, reading.understander if reading else "none", "done" if turn.records else "kept")
        if reading and reading.ungrounded:
            metrics.UNGROUNDED.inc(reading.ungrounded)

    def failed(self) -> None:
        """Nothing of it is committed; it will be tried again, or given up."""
        self._observe("none", "none", "failed")

    def _observe(self, workflow: str, understander: str, outcome: str) -> None:
        metrics.TURN_SECONDS.labels(workflow, understander, outcome).observe(time.perf_counter() - self._started)


@contextmanager
def counted() -> Iterator[Counts]:
    """Around a turn with all its attempts."""
    counts = Counts()
    try:
        yield counts
    except Exception:
        counts.failed()
        raise
