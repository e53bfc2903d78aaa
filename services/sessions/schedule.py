"""When a session is looked after, and how its health is judged: one table, so that every number has its place (R022, R026)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from services.sessions.states import State

Health = Literal["HEALTHY", "WARNING", "CRITICAL"]

CODE_LIFETIME = timedelta(seconds=30)
"""A QR code is replaced after so long while somebody looks at it (R021); WhatsApp's own live 20 to 60 s."""
SCAN_WITHIN = timedelta(minutes=3)
"""A connection that was begun and got no further for so long is given up; the link page begins another."""
WATCH = timedelta(seconds=10)
"""How often the provider is asked about a connection that is being made, beside its webhooks (unipile.md §4.1)."""
VERIFY = timedelta(minutes=15)
"""How often it is asked about a connected account: a webhook may be lost."""
RECONNECT_DELAYS = tuple(timedelta(seconds=each) for each in (15, 60, 300, 900, 3600, 14_400))
"""Before each attempt to connect again without a person; the last one repeats."""
TELL_AFTER_ATTEMPTS = 3
"""Attempts that must fail before the owner is told of a loss that may mend itself."""
CRITICAL_AFTER = timedelta(minutes=10)
RECENT_ERROR = timedelta(hours=1)


def next_check(state: State, attempts: int) -> timedelta:
    """How long until the session is looked after again, after so many attempts to connect without a person."""
    if state in (State.CONNECTING, State.QR_READY, State.AUTHENTICATING):
        return WATCH
    if state is State.CONNECTED:
        return VERIFY
    if state is State.BANNED:
        return RECONNECT_DELAYS[-1]
    return RECONNECT_DELAYS[min(attempts, len(RECONNECT_DELAYS) - 1)]


def health_of(
    state: State, *, disconnected_at: datetime | None, last_error_at: datetime | None, now: datetime
) -> Health:
    """HEALTHY: connected without a recent error. CRITICAL: down for ten minutes, failed or banned (R026)."""
    if state in (State.FAILED, State.BANNED):
        return "CRITICAL"
    if state is State.CONNECTED:
        recent = last_error_at is not None and now - last_error_at < RECENT_ERROR
        return "WARNING" if recent else "HEALTHY"
    down_for_long = disconnected_at is not None and now - disconnected_at > CRITICAL_AFTER
    return "CRITICAL" if down_for_long else "WARNING"
