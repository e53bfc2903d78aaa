"""A platform that hangs must not hold every job of a worker: after some calls without an answer the next ones do not wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.einvoicing.platform_errors import Unavailable

CALLS = 5
"""Calls in a row without an answer that make an outage."""
SECONDS = 30.0
"""How long nothing is asked then; after it one call after another finds out."""


class Outage:
    """What this process knows of the platform's health. ``clock`` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unanswered, self._until = 0, 0.0

    def check(self) -> None:
        """Raises ``Unavailable`` while an outage lasts."""
        if self._clock() < self._until:
            raise Unavailable("no answer lately")

    def unanswered(self) -> None:
        self._unanswered += 1
        if self._unanswered >= CALLS:
            self._until = self._clock() + SECONDS

    def answered(self) -> None:
        self._unanswered, self._until = 0, 0.0
