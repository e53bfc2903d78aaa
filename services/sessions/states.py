"""The states of a WhatsApp session and every way from one to another, as one table (R020). Pure: no clock, no database.

What is not in the table cannot happen: it is refused and logged (``record.py``). A webhook may come late, twice or in
the wrong order (unipile.md §8), so a word that says nothing new about a state keeps it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Actor = Literal["provider", "artisan", "admin", "system"]
Severity = Literal["info", "warning", "error", "critical"]


class State(StrEnum):
    """R020. ``whatsapp_connected`` is derived: the state is ``connected``."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    QR_READY = "qr_ready"
    AUTHENTICATING = "authenticating"
    CONNECTED = "connected"
    FAILED = "failed"
    BANNED = "banned"


class Cause(StrEnum):
    """Why a state may change. The provider's words are those of unipile.md §4.3 and §4.8."""

    CONNECT_ASKED = "connect_asked"
    """A person wants to connect: an admin, or the artisan on his link page."""
    RECONNECT_TRIED = "reconnect_tried"
    """The backoff has run out and it is tried again, without a person."""
    CODE_ISSUED = "code_issued"
    """The provider gave a QR code to scan."""
    LAPSED = "lapsed"
    """Nobody scanned in time, or the provider never got further."""
    SCANNED = "scanned"
    """CREATION_SUCCESS, RECONNECTED: the code was scanned; not usable before OK."""
    PROVIDER_OK = "provider_ok"
    SYNCED = "synced"
    """SYNC_SUCCESS: the history is there, which only a connected account has."""
    PROVIDER_CONNECTING = "provider_connecting"
    CREDENTIALS = "credentials"
    """The session is lost: a person must scan again."""
    STOPPED = "stopped"
    PROVIDER_ERROR = "provider_error"
    """ERROR, PERMISSIONS: a frozen account; a restart may help."""
    DELETED = "deleted"
    """The provider does not know the account any more."""
    CALL_REFUSED = "call_refused"
    """A call of ours was answered 401 ``disconnected_account`` (R031)."""
    RESTRICTED = "restricted"
    """403 ``account_restricted``: WhatsApp has banned the number."""
    WRONG_NUMBER = "wrong_number"
    """Another number than the expected one was scanned."""
    DISCONNECT_ASKED = "disconnect_asked"


D, C, Q, A, ON, F, B = State
_ALL = tuple(State)


def _every(state: State, *but: State) -> dict[State, State]:
    return {each: state for each in _ALL if each not in but}


TRANSITIONS: dict[Cause, dict[State, State]] = {
    Cause.CONNECT_ASKED: _every(C, ON),
    Cause.RECONNECT_TRIED: {D: C, F: C},
    Cause.CODE_ISSUED: {C: Q, Q: Q},
    Cause.LAPSED: {C: D, Q: D, A: D},
    Cause.SCANNED: {D: A, C: A, Q: A, A: A, F: A, ON: ON},
    Cause.PROVIDER_OK: _every(ON),
    Cause.SYNCED: {C: ON, A: ON, ON: ON},
    Cause.PROVIDER_CONNECTING: {D: D, C: C, Q: Q, A: A, ON: C, F: F},
    Cause.CREDENTIALS: {D: D, C: C, Q: Q, A: D, ON: D, F: D},
    Cause.STOPPED: {D: D, C: D, Q: Q, A: D, ON: D, F: F},
    Cause.PROVIDER_ERROR: _every(F, B),
    Cause.DELETED: _every(D),
    Cause.CALL_REFUSED: {D: D, C: C, Q: Q, A: A, ON: D, F: F},
    Cause.RESTRICTED: _every(B),
    Cause.WRONG_NUMBER: _every(D, ON),
    Cause.DISCONNECT_ASKED: _every(D),
}

LOSSES = {
    Cause.CREDENTIALS,
    Cause.CALL_REFUSED,
    Cause.STOPPED,
    Cause.PROVIDER_ERROR,
    Cause.DELETED,
    Cause.RESTRICTED,
    Cause.LAPSED,
}
"""Causes that end a connection nobody wanted to end: an outage."""
WANTS_SCAN = {Cause.CREDENTIALS, Cause.DELETED, Cause.WRONG_NUMBER}
"""Causes after which only a person with the phone can connect again."""

EVENT_TYPES: dict[State, str] = {
    D: "disconnected",
    C: "connecting",
    Q: "qr_generated",
    A: "authenticating",
    ON: "connected",
    F: "error",
    B: "error",
}
"""What a change is called in the log (R029)."""


def step(state: State, cause: Cause) -> State | None:
    """The state after ``cause``; None when that cannot happen in ``state``."""
    return TRANSITIONS[cause].get(state)


def severity_of(before: State, after: State, cause: Cause) -> Severity:
    """How loud a change is in the log: a ban is critical, an unwanted loss a warning, the rest information."""
    if after is B:
        return "critical"
    if after is F:
        return "error"
    return "warning" if after is D and cause in LOSSES and before in (ON, A) else "info"
