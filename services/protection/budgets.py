"""How much each kind of request may be asked for in a minute (R231)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from limits import RateLimitItem, RateLimitItemPerMinute

Budget = Literal["reading", "writing", "sign-in", "address", "wrong-secret"]
PER_MINUTE: dict[Budget, int] = {
    "reading": 300,
    "writing": 100,
    "sign-in": 30,
    "address": 1200,
    "wrong-secret": 20,
}
"""reading, writing: of one member or key (R231: 100 a minute; looking at lists costs several requests, so reading has
more). sign-in: of one address, at the doors that take passwords and codes. address: of one address, whatever it asks of
the API. wrong-secret: webhooks of one address with a wrong secret; those with the right one are never counted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a budget. ``reset`` is in how many seconds there is more."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """For the answer; ``Retry-After`` where nothing is left."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return told if self.allowed else told | {"Retry-After": str(max(1, self.reset))}


def item_of(budget: Budget) -> RateLimitItem:
    """The budget as the library counts it."""
    return RateLimitItemPerMinute(PER_MINUTE[budget], namespace=budget)
