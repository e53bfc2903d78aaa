"""What of Stripe's own lists is not settled here yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")
_BATCH = 100


async def unsettled(newest_first: AsyncIterator[T], left_of: Callable[[list[T]], Awaitable[list[U]]]) -> list[U]:
    """What ``left_of`` leaves of a list, the earliest first. Reading stops at a batch of which nothing is left."""
    left: list[U] = []
    batch: list[T] = []
    async for each in newest_first:
        batch.append(each)
        if len(batch) == _BATCH:
            found = await left_of(batch)
            left += found
            batch = []
            if not found:  # everything older was settled before
                break
    left += await left_of(batch) if batch else []
    return left[::-1]
