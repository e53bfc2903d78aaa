"""A row of the failure table: what is injected, what must be seen, and how what was seen compares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evals.failures.stage import Stage


HELD_UP = "held up between claiming and sending"
"""On a busy machine a worker gives a claim back before it calls: an attempt more that no provider saw."""


@dataclass(frozen=True)
class Seen:
    """What became of a failure. ``lost`` and ``doubled`` count messages on the phones against the rows that wrote them."""

    texts: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    """What an admin saw on outbox rows meanwhile."""
    events: tuple[str, ...] = ()
    """Lines of the system log."""
    attempts: int = 1
    statuses: tuple[str, ...] = ()
    lost: int = 0
    doubled: int = 0


@dataclass(frozen=True)
class Expected:
    """What must be seen: ``says`` in some message to the artisan, ``error`` on an outbox row, ``event`` in the log."""

    attempts: int = 1
    says: str = ""
    error: str = ""
    event: str = ""
    failed: int = 0
    """Rows that are given up, and told."""


@dataclass(frozen=True)
class Row:
    """One failure. ``artisan``, ``admin`` and ``retried`` say in words what ``expected`` checks.

    Either ``act`` injects it here, or ``proof`` is the test that does ("path::name"), or ``open`` says why there is none.
    """

    name: str
    register: str
    failure: str
    artisan: str
    admin: str
    retried: str
    act: Callable[[Stage], Awaitable[Seen]] | None = None
    expected: Expected = Expected()
    proof: str = ""
    open: str = ""
    alone: bool = False
    """It concerns everybody, so no other row runs at the same time."""

    def objections(self, seen: Seen) -> list[str]:
        """What was not as it must be, in words."""
        wanted = self.expected
        found = []
        if seen.lost or seen.doubled:
            found.append(f"{seen.lost} lost, {seen.doubled} doubled")
        held_up = any(HELD_UP in error for error in seen.errors)
        if seen.attempts != wanted.attempts and not (held_up and seen.attempts > wanted.attempts):
            found.append(f"{seen.attempts} attempts instead of {wanted.attempts}")
        if (failed := seen.statuses.count("failed")) != wanted.failed:
            found.append(f"{failed} messages given up instead of {wanted.failed}")
        for what, part, among in (
            ("message", wanted.says, seen.texts),
            ("outbox error", wanted.error, seen.errors),
            ("log event", wanted.event, seen.events),
        ):
            if part and not any(part in text for text in among):
                found.append(f"no {what} says {part!r}: {list(among)}")
        return found
