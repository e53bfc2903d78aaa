"""A circuit breaker per outside endpoint: a provider that fails is left alone for a while, not tried at every turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True)
class BreakerPolicy:
    """Thresholds, in one place."""

    failures_to_open: int = 3
    """Failures in a row that open the circuit."""
    open_seconds: float = 20.0
    """How long the first opening lasts; doubled each time the probe fails."""
    longest_open_seconds: float = 300.0


class Breaker:
    """closed → open after failures in a row → half-open after a pause: one call probes, the others still wait.

    Not thread-safe: it belongs to one event loop, as the clients it protects.
    """

    def __init__(self, policy: BreakerPolicy | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy or BreakerPolicy()
        self._clock = clock
        self._failures = 0
        self._pause = self._policy.open_seconds
        self._open_until: float | None = None
        self._probe_started: float | None = None

    @property
    def state(self) -> State:
        """State as of now."""
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half_open"

    def allows(self) -> bool:
        """Whether a call may be tried now; in half-open state only one caller gets a yes."""
        if self.state != "half_open":
            return self.state == "closed"
        now = self._clock()
        # A probe that never reported (a cancelled turn) must not keep the circuit shut for ever.
        if self._probe_started is not None and now - self._probe_started < self._policy.open_seconds:
            return False
        self._probe_started = now
        return True

    def succeeded(self) -> None:
        """The endpoint answered: forget its failures."""
        self._failures = 0
        self._pause = self._policy.open_seconds
        self._open_until = self._probe_started = None

    def failed(self, retry_after: float | None = None) -> None:
        """The endpoint failed. ``retry_after`` (seconds, from a 429) opens the circuit for at least that long."""
        self._failures += 1
        probing = self._probe_started is not None
        self._probe_started = None
        if probing:
            self._pause = min(self._pause * 2, self._policy.longest_open_seconds)
        if retry_after is not None:
            self._open(min(retry_after, self._policy.longest_open_seconds))
        elif probing or self._failures >= self._policy.failures_to_open:
            self._open(self._pause)

    def _open(self, seconds: float) -> None:
        self._open_until = max(self._open_until or 0.0, self._clock() + seconds)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After`` in seconds or as a date."""
    milliseconds, said = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds:
            return max(float(milliseconds) / 1000, 0.0)
        return max(float(said), 0.0) if said else None
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(said or "").timestamp() - time.time(), 0.0)
    except ValueError:
        return None
