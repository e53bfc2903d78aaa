"""The table of transitions: what may happen to a session, and what never does (R020)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.sessions.schedule import RECONNECT_DELAYS, WATCH, health_of, next_check
from services.sessions.states import EVENT_TYPES, TRANSITIONS, Cause, State, severity_of, step
from services.sessions.words import WORDS, cause_of_account

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_every_cause_and_every_state_has_its_place() -> None:
    assert set(TRANSITIONS) == set(Cause)
    assert set(EVENT_TYPES) == set(State)


def test_only_the_provider_makes_a_number_connected() -> None:
    leading_there = {
        cause for cause, moves in TRANSITIONS.items() for before, after in moves.items()
        if after is State.CONNECTED and before is not State.CONNECTED
    }  # fmt: skip
    assert leading_there == {Cause.PROVIDER_OK, Cause.SYNCED}


@pytest.mark.parametrize("state", [state for state in State if state is not State.CONNECTED])
def test_a_person_may_always_begin_again(state: State) -> None:
    assert step(state, Cause.CONNECT_ASKED) is State.CONNECTING


@pytest.mark.parametrize("state", list(State))
def test_any_state_may_end_in_a_ban_and_any_wish_to_disconnect_is_met(state: State) -> None:
    assert step(state, Cause.RESTRICTED) is State.BANNED
    assert step(state, Cause.DISCONNECT_ASKED) is State.DISCONNECTED


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (State.CONNECTED, Cause.CONNECT_ASKED),
        (State.CONNECTED, Cause.CODE_ISSUED),
        (State.DISCONNECTED, Cause.CODE_ISSUED),
        (State.BANNED, Cause.RECONNECT_TRIED),
        (State.BANNED, Cause.SCANNED),
        (State.DISCONNECTED, Cause.SYNCED),
        (State.CONNECTED, Cause.LAPSED),
        (State.DISCONNECTED, Cause.LAPSED),
    ],
)
def test_what_cannot_happen(state: State, cause: Cause) -> None:
    assert step(state, cause) is None


@pytest.mark.parametrize("word", ["CREATION_SUCCESS", "RECONNECTED", "SYNC_SUCCESS", "OK"])
def test_a_late_word_does_not_take_a_connection_back(word: str) -> None:
    assert step(State.CONNECTED, WORDS[word]) is State.CONNECTED


@pytest.mark.parametrize("word", ["CREDENTIALS", "CONNECTING", "STOPPED"])
def test_a_code_that_is_shown_is_not_taken_away_by_what_was_known_before(word: str) -> None:
    assert step(State.QR_READY, WORDS[word]) is State.QR_READY


def test_the_worst_source_counts() -> None:
    both = {"sources": [{"id": "a", "status": "OK"}, {"id": "b", "status": "CREDENTIALS"}]}
    assert cause_of_account(both) is Cause.CREDENTIALS
    assert cause_of_account({"sources": [{"id": "a", "status": "OK"}]}) is Cause.PROVIDER_OK
    assert cause_of_account({"sources": None}) is None
    assert cause_of_account({"sources": [{"status": "NEVER_SEEN"}]}) is None


def test_a_loss_is_louder_than_a_wish() -> None:
    assert severity_of(State.CONNECTED, State.DISCONNECTED, Cause.CREDENTIALS) == "warning"
    assert severity_of(State.CONNECTED, State.DISCONNECTED, Cause.DISCONNECT_ASKED) == "info"
    assert severity_of(State.CONNECTED, State.BANNED, Cause.RESTRICTED) == "critical"


def test_attempts_become_rarer_and_never_end() -> None:
    waits = [next_check(State.DISCONNECTED, attempt) for attempt in range(len(RECONNECT_DELAYS) + 3)]
    assert waits == sorted(waits) and len(set(waits)) == len(RECONNECT_DELAYS)
    assert next_check(State.QR_READY, 5) == WATCH


def test_health() -> None:
    def health(state: State, down: int | None = None, error: int | None = None) -> str:
        ago = lambda minutes: NOW - timedelta(minutes=minutes) if minutes is not None else None  # noqa: E731
        return health_of(state, disconnected_at=ago(down), last_error_at=ago(error), now=NOW)

    assert health(State.CONNECTED) == "HEALTHY"
    assert health(State.CONNECTED, error=5) == "WARNING"
    assert health(State.CONNECTED, error=120) == "HEALTHY"
    assert health(State.DISCONNECTED, down=5) == "WARNING"
    assert health(State.DISCONNECTED, down=15) == "CRITICAL"
    assert health(State.QR_READY) == "WARNING"
    assert health(State.BANNED) == health(State.FAILED) == "CRITICAL"
