"""What a subscription makes of an account (C42, C43)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.billing.states import Told, account_after, current_of, standing_of

NOW = datetime(2027, 3, 1, tzinfo=UTC)
GRACE = timedelta(days=7)


def told(status: str, days_ago: int = 30, unpaid_days: float | None = None) -> Told:
    waiting = NOW - timedelta(days=unpaid_days) if unpaid_days is not None else None
    return Told(status, NOW - timedelta(days=days_ago), waiting)


@pytest.mark.parametrize(
    ("subscription", "standing"),
    [
        (None, "unpaid_yet"),
        (told("incomplete"), "unpaid_yet"),
        (told("trialing"), "good"),
        (told("active"), "good"),
        (told("past_due", unpaid_days=6.9), "grace"),
        (told("past_due", unpaid_days=7), "lapsed"),
        (told("unpaid", unpaid_days=1), "lapsed"),
        (told("canceled"), "lapsed"),
    ],
)
def test_standing(subscription: Told | None, standing: str) -> None:
    assert standing_of(subscription, NOW, GRACE) == standing


@pytest.mark.parametrize(
    ("before", "by", "standing", "verified", "after"),
    [
        ("pending", None, "unpaid_yet", True, ("pending", None)),
        ("pending", None, "good", False, ("pending", "payment")),
        ("pending", "payment", "good", True, ("active", "payment")),
        ("active", "payment", "grace", True, ("active", "payment")),
        ("active", "payment", "lapsed", True, ("suspended", "payment")),
        ("suspended", "payment", "good", False, ("active", "payment")),
        ("active", "admin", "unpaid_yet", True, ("active", "admin")),
        ("active", "admin", "lapsed", True, ("active", "admin")),
        ("active", "admin", "good", True, ("active", "payment")),
        ("suspended", "admin", "good", True, ("suspended", "admin")),
        ("erased", None, "good", True, ("erased", None)),
    ],
)
def test_account(before: str, by: str | None, standing: str, verified: bool, after: tuple[str, str | None]) -> None:
    assert account_after(before, by, standing, phone_verified=verified) == after  # type: ignore[arg-type]


def test_the_newest_that_lives_counts() -> None:
    old, lapsed, new = told("active", 90), told("canceled", 1), told("past_due", 60)
    assert current_of([old, lapsed, new]) is new
    assert current_of([lapsed, told("canceled", 5)]) is lapsed
    assert current_of([]) is None
