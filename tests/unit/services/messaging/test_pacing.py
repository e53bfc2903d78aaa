"""Who goes when: gaps, missed slots, days that are full."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from db.repositories.pacing import Counts
from services.messaging.outbox import parts_of
from services.messaging.pacing import (
    DAILY_LIMIT,
    DAILY_NEW_LIMIT,
    LONGEST_GAP,
    SHORTEST_GAP,
    YOUNG_NEW_LIMIT,
    Figure,
    Go,
    Wait,
    decide,
    limits_of,
)

NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
NOTHING = Counts(0, 0, 0, 0)


def standing(**values: Any) -> Any:
    general = dict.fromkeys(("shortest_gap", "longest_gap", "daily_limit", "daily_new_limit", "last_at", "next_at"))
    return SimpleNamespace(
        **{**general, "connected_at": NOW - timedelta(days=9), "now": NOW, "under_way": False, **values}
    )


def row(pace: str = "known", slot_at: datetime | None = None) -> Any:
    return SimpleNamespace(pace=pace, slot_at=slot_at)


def decided(state: Any, counts: Counts = NOTHING, one: Any = None, scale: float = 1.0) -> Go | Wait:
    return decide(state, limits_of(state), counts, one or row(), scale, random.Random(1))


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def test_first_message_leaves_and_keeps_a_gap_after_it() -> None:
    decision = decided(standing())
    assert isinstance(decision, Go)
    assert seconds(SHORTEST_GAP.value) <= decision.next_at - NOW <= seconds(LONGEST_GAP.value)


def test_next_one_gets_the_slot_that_is_free_and_passes_the_following_on() -> None:
    free = NOW + seconds(25)
    decision = decided(standing(last_at=NOW, next_at=free))
    assert isinstance(decision, Wait) and decision.until == decision.slot_at == free
    assert decision.next_at and decision.next_at - free >= seconds(SHORTEST_GAP.value)


def test_row_whose_slot_has_come_leaves() -> None:
    assert isinstance(decided(standing(last_at=NOW - seconds(11)), one=row(slot_at=NOW - seconds(0.5))), Go)


def test_slot_that_comes_too_soon_after_a_late_one_waits_and_is_kept() -> None:
    slot = NOW - seconds(0.5)
    decision = decided(standing(last_at=NOW - seconds(4)), one=row(slot_at=slot))
    assert decision == Wait(NOW + seconds(6), slot)


def test_nobody_leaves_while_the_send_before_is_not_answered() -> None:
    slot = NOW - seconds(0.5)
    decision = decided(standing(last_at=NOW - seconds(30), under_way=True), one=row(slot_at=slot))
    assert decision == Wait(NOW + seconds(10), slot)


def test_slots_missed_while_nobody_worked_are_drawn_anew() -> None:
    """Else everything that piled up would leave in one burst."""
    decision = decided(standing(last_at=NOW, next_at=NOW + seconds(12)), one=row(slot_at=NOW - seconds(600)))
    assert isinstance(decision, Wait) and decision.slot_at == NOW + seconds(12)


def test_gaps_are_scaled_but_not_the_limits() -> None:
    decision = decided(standing(), scale=0.1)
    assert isinstance(decision, Go) and decision.next_at - NOW <= seconds(2)
    full = decided(standing(), Counts(int(DAILY_LIMIT.value), 0, 0, 0), scale=0.1)
    assert isinstance(full, Wait) and full.day_is_full


@pytest.mark.parametrize(
    "counts,pace,full",
    [
        (Counts(199, 0, 0, 0), "known", False),
        (Counts(200, 0, 0, 0), "known", True),
        (Counts(120, 0, 80, 0), "known", True),
        (Counts(20, 14, 0, 0), "new", False),
        (Counts(20, 15, 0, 0), "new", True),
        (Counts(20, 10, 5, 5), "new", True),
        (Counts(20, 15, 0, 0), "known", False),
    ],
)
def test_day_is_full(counts: Counts, pace: str, full: bool) -> None:
    decision = decided(standing(), counts, row(pace))
    assert isinstance(decision, Wait) is full
    if isinstance(decision, Wait):
        assert decision.day_is_full and decision.slot_at is None
        assert decision.until.astimezone(UTC).isoformat() >= "2026-11-29T07:00"
        assert decision.until - NOW < timedelta(hours=17)


def test_row_with_a_slot_is_not_counted_against_itself() -> None:
    assert isinstance(decided(standing(), Counts(199, 0, 9, 0), row(slot_at=NOW)), Go)


def test_number_linked_a_moment_ago_opens_two_chats_only() -> None:
    young = limits_of(standing(connected_at=NOW - timedelta(hours=3)))
    assert (young.daily_new, limits_of(standing()).daily_new) == (YOUNG_NEW_LIMIT.value, DAILY_NEW_LIMIT.value)


def test_admin_decides_for_an_account() -> None:
    limits = limits_of(standing(shortest_gap=30.0, daily_limit=0, daily_new_limit=40, connected_at=NOW))
    assert (limits.shortest_gap, limits.longest_gap, limits.daily, limits.daily_new) == (30, 30, 0, 40)


def test_text_is_cut_at_the_end_of_a_line() -> None:
    lines = [f"{number}. " + "x" * 37 for number in range(300)]
    parts = parts_of("\n".join(lines))
    assert len(parts) > 2 and all(len(part) <= 4000 for part in parts)
    assert [line for part in parts for line in part.split("\n")] == lines


@pytest.mark.parametrize("text", ["mot " * 2500, "x" * 9001])
def test_text_without_lines_is_cut_too_and_nothing_is_lost(text: str) -> None:
    parts = parts_of(text)
    assert all(0 < len(part) <= 4000 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert not any(part.startswith("ot") for part in parts)


@pytest.mark.parametrize("figure", [SHORTEST_GAP, LONGEST_GAP, DAILY_LIMIT, DAILY_NEW_LIMIT, YOUNG_NEW_LIMIT])
def test_documentation_says_every_figure_and_its_source(figure: Figure) -> None:
    lines = (Path(__file__).parents[4] / "docs" / "failures.md").read_text().splitlines()
    assert any(line.endswith(f"| {figure.value:g} | {figure.source} |") for line in lines)
