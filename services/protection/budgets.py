"""How much each kind of request may be asked for in a minute (R231)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from limits import RateLimitItem, RateLimitItemPerMinute

from db.settings import Settings

Budget = Literal["caller", "costly", "sign-in", "address", "webhook", "wrong-secret"]
Budgets = Mapping[Budget, int]
PER_MINUTE: dict[Budget, int] = {
    "costly": 20,
    "sign-in": 30,
    "address": 1200,
    "wrong-secret": 20,
}
"""costly: of one company, what makes documents, archives or calls of other services (R231: 20 a minute for what costs).
sign-in: of one address, at the doors that take passwords and codes. address: of one address, whatever it asks of the API.
wrong-secret: webhooks of one address with a wrong secret."""


def per_minute(configured: Settings) -> Budgets:
    """All budgets. Two are settings: caller, of one member or key; webhook, of one provider with the right secret."""
    return PER_MINUTE | {"caller": configured.requests_per_minute, "webhook": configured.webhooks_per_minute}


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


def item_of(budget: Budget, amount: int) -> RateLimitItem:
    """The budget as the library counts it."""
    return RateLimitItemPerMinute(amount, namespace=budget)
