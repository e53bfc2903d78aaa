"""Counts requests in a sliding window: in Redis for all processes together, else in the memory of each.

A Redis that does not answer takes nothing down: each process counts alone and tries again after a few seconds.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import Literal

import structlog
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from services.protection.budgets import Budget, Budgets, Standing, item_of

_PATIENCE_SECONDS = 0.5
_AGAIN_SECONDS = 5.0
_log = structlog.get_logger("usta.limits")


class Counts:
    """The counters of one process. ``redis_url`` None: of this process alone."""

    def __init__(self, budgets: Budgets, redis_url: str | None = None) -> None:
        self._budgets = budgets
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = None
        if redis_url:
            storage = RedisStorage(redis_url, implementation="redispy", key_prefix="usta", socket_timeout=_PATIENCE_SECONDS,
                                   socket_connect_timeout=_PATIENCE_SECONDS)  # fmt: skip
            self._shared = SlidingWindowCounterRateLimiter(storage)
        self._again_at = 0.0
        self._is_down = False

    @property
    def state(self) -> Literal["shared", "alone", "down"]:
        """down: a Redis is configured and does not answer, so this process counts alone."""
        return "alone" if self._shared is None else "down" if self._is_down else "shared"

    async def take(self, budget: Budget, *who: str) -> Standing:
        """One request of ``who`` off the budget; refused when nothing is left. Never raises for a Redis."""
        item = item_of(budget, self._budgets[budget])
        if self._shared is not None and time.monotonic() >= self._again_at:
            try:
                async with asyncio.timeout(2 * _PATIENCE_SECONDS):
                    standing = await _taken(self._shared, item, who)
            except Exception as error:
                self._fell(error)
            else:
                self._rose()
                return standing
        return await _taken(self._alone, item, who)

    def _fell(self, error: Exception) -> None:
        self._again_at = time.monotonic() + _AGAIN_SECONDS
        if not self._is_down:
            self._is_down = True
            _log.warning("limits.redis_down", error=type(error).__name__)

    def _rose(self) -> None:
        if self._is_down:
            self._is_down = False
            _log.info("limits.redis_back")


async def _taken(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, who: tuple[str, ...]) -> Standing:
    allowed = await limiter.hit(item, *who)
    stats = await limiter.get_window_stats(item, *who)
    reset = max(0, math.ceil(stats.reset_time - time.time()))
    return Standing(allowed, item.amount, stats.remaining if allowed else 0, reset)
