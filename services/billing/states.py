"""What a subscription makes of a company's account: pure functions, no clock and no database of their own (C42, C43)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

AccountStatus = Literal["pending", "active", "suspended", "erased"]
Hand = Literal["admin", "payment"]
Standing = Literal["unpaid_yet", "good", "grace", "lapsed"]
"""unpaid_yet: nothing was ever paid or tried; good: trial or paid; grace: a payment failed a short while ago; lapsed: over."""

LIVE = ("trialing", "active", "past_due", "unpaid", "paused", "incomplete")
"""Stripe's words for a subscription that can still be paid, the best first."""
_STANDING: dict[str, Standing] = {
    "trialing": "good",
    "active": "good",
    "incomplete": "unpaid_yet",
    "incomplete_expired": "unpaid_yet",
    "unpaid": "lapsed",
    "paused": "lapsed",
    "canceled": "lapsed",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A subscription as Stripe tells it: its word, when it was made, since when an invoice waits for its payment."""

    status: str
    created_at: datetime
    unpaid_since: datetime | None = None


def current_of(told: Sequence[Told]) -> Told | None:
    """The subscription that counts: the newest that lives, else the newest of all."""
    newest_first = sorted(told, key=lambda each: each.created_at, reverse=True)
    return next((each for each in newest_first if each.status in LIVE), newest_first[0] if newest_first else None)


def standing_of(told: Told | None, now: datetime, grace: timedelta) -> Standing:
    """How a company stands at ``now``; a failed payment changes nothing for ``grace`` (C42)."""
    if told is None:
        return "unpaid_yet"
    if told.status == "past_due":
        over = told.unpaid_since is not None and told.unpaid_since + grace <= now
        return "lapsed" if over else "grace"
    return _STANDING[told.status]


def account_after(
    before: AccountStatus, by: Hand | None, standing: Standing, *, phone_verified: bool
) -> tuple[AccountStatus, Hand | None]:
    """The account's status and who sets it, once the subscription is known.

    pending → active needs a trial or a payment and a verified phone (C43); lapsed suspends, a payment opens again at
    once. An admin's hand stays: what he suspended no payment opens, and what he activated no lapse closes, until the
    company has paid by itself.
    """
    if before == "erased" or (before == "suspended" and by == "admin") or standing == "unpaid_yet":
        return before, by
    if standing == "good" or (standing == "grace" and by != "admin"):
        verified = phone_verified or before != "pending"  # who changes his phone later loses nothing
        return ("active" if verified else "pending"), "payment"
    return (before, by) if by == "admin" else ("suspended", "payment")
