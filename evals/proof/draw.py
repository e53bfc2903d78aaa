"""Chance that can be repeated: everything random of a document comes from one seed. Amounts are Decimal, never floats."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from stdnum import luhn

Item = TypeVar("Item")


class Draw:
    """A stream of choices; two streams of the same seed are equal, on every machine."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self.whole(1, 100) <= percent

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.whole(0, len(items) - 1)]

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Different ones, in the order drawn."""
        return self._random.sample(items, count)

    def weighted(self, weights: dict[Item, int]) -> Item:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def number(self, low: int, high: int, decimals: int) -> Decimal:
        """Between two whole numbers, with at most so many decimals."""
        scale = 10**decimals
        return Decimal(self.whole(low * scale, high * scale)).scaleb(-decimals)

    def price(self, low: int, high: int) -> Decimal:
        """EUR as artisans say prices: mostly round, sometimes to the cent, rarely finer."""
        decimals = self.weighted({0: 50, 1: 10, 2: 35, 4: 5})
        return self.number(low, high, decimals)

    def day(self, first: date, days: int) -> date:
        return first + timedelta(days=self.whole(0, days))

    def key(self) -> UUID:
        return UUID(int=self._random.getrandbits(128))

    def siret(self) -> str:
        """Fourteen digits with valid keys; now and then an office of La Poste, which has its own (legal.md 76)."""
        if self.chance(2):
            stem = f"356000000{self.whole(0, 9999):04d}"
            return stem + str(-sum(int(digit) for digit in stem) % 5)
        siren = f"{self.whole(10_000_000, 99_999_999)}"
        siren += luhn.calc_check_digit(siren)
        office = siren + f"{self.whole(1, 9999):04d}"
        return office + luhn.calc_check_digit(office)
