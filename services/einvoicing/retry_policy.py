"""What happens when a call to the platform fails: one table, so that every number has its place and its test (C30).

Delays are seconds; the last one repeats. Before any deposit the platform is asked whether it has the flow already, so
making a deposit again is always safe.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.einvoicing.platform_errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)


class FileMissing(PlatformError):
    """The invoice's file cannot be read from the storage."""


class NotDepositedYet(PlatformError):
    """A status can only be sent for an invoice that the platform has."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a call may be tried and how long to wait in between; then it is given up and people are told."""

    attempts: int
    delays: tuple[float, ...] = ()

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the attempt of that number (from 1)."""
        return self.delays[min(attempt, len(self.delays)) - 1] if self.delays else 0.0


ONCE = Rule(attempts=1)
POLICY: dict[type[PlatformError], Rule] = {
    RateLimited: Rule(50, (5, 15, 60, 300)),
    Unavailable: Rule(200, (1, 5, 30, 120, 600, 1800)),
    OutcomeUnknown: Rule(200, (2, 5, 30, 120, 600, 1800)),
    BadCredentials: Rule(200, (60, 600, 1800)),
    NotDepositedYet: Rule(200, (5, 30, 120, 600, 1800)),
    FileMissing: Rule(5, (2, 10, 60)),
    NotFound: Rule(3, (5, 30)),
    TooLarge: ONCE,
    Refused: ONCE,
}
"""The long rules last about four days: an outage over a weekend loses no invoice."""


def rule_for(error: PlatformError) -> Rule:
    """The rule of an error; one of an unknown kind may have been taken."""
    return POLICY.get(type(error), POLICY[OutcomeUnknown])
