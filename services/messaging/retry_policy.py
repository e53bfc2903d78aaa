"""What happens when a send fails: one table, so that every number has its place and its test (C30).

Attempts count all sends of the row, whatever failed before. Delays are seconds; the last one repeats.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.messaging.channel_errors import (
    BadApiKey,
    ChannelError,
    Disconnected,
    InvalidRecipient,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
    WindowClosed,
)


class FileMissing(ChannelError):
    """The file to send cannot be read from the storage."""


class TooSlow(ChannelError):
    """The worker was held up between claiming and sending; nothing left."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a send may be tried, how long to wait in between; then the row fails and its sender is told.

    ``look_first``: the message may have left, so the chat is looked at before another attempt.
    """

    attempts: int
    delays: tuple[float, ...] = ()
    look_first: bool = False

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the attempt of that number (from 1)."""
        return self.delays[min(attempt, len(self.delays)) - 1] if self.delays else 0.0


ONCE = Rule(attempts=1)
POLICY: dict[type[ChannelError], Rule] = {
    RateLimited: Rule(20, (2, 5, 10, 30, 60)),
    Unavailable: Rule(40, (1, 2, 5, 15, 30, 60, 120, 300)),
    Disconnected: Rule(1440, (15, 30, 60)),
    BadApiKey: Rule(1440, (15, 30, 60)),
    OutcomeUnknown: Rule(6, (3, 5, 15, 60), look_first=True),
    FileMissing: Rule(3, (2, 10)),
    TooSlow: Rule(40, (1, 5)),
    InvalidRecipient: ONCE,
    NotFound: ONCE,
    TooLarge: ONCE,
    Refused: ONCE,
    WindowClosed: ONCE,
}


def rule_for(error: ChannelError) -> Rule:
    """The rule of an error; one of an unknown kind may have left."""
    return POLICY.get(type(error), POLICY[OutcomeUnknown])
