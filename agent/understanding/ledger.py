"""Which said number stands behind which slot of a model's calls: a mention is not a quantity here and a price there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Literal

from agent.understanding.said_numbers import NumberKind, SaidNumber
from tools.commands import Recognised

Role = Literal["quantity", "price", "percent", "vat", "count", "position", "value"]

# Kinds of said numbers that may fill a role, the most natural first.
_KINDS: dict[Role, tuple[NumberKind, ...]] = {
    "quantity": ("measure", "plain", "dimension"),
    "price": ("money", "plain"),
    "percent": ("percent", "plain"),
    "vat": ("percent", "plain"),
    "count": ("plain", "measure", "dimension"),
    "position": ("ordinal", "plain"),
    "value": ("plain", "money", "measure"),
}
# What the grammar calls the numbers it recognised.
_GRAMMAR_KINDS: dict[str, NumberKind] = {
    "number": "plain", "money": "money", "quantity": "measure", "percent": "percent", "dimension": "dimension",
    "age": "plain", "year": "plain",
}  # fmt: skip


def also_recognised(numbers: list[SaidNumber], recognised: Iterable[Recognised]) -> list[SaidNumber]:
    """The said numbers, and those that only the grammar's assembly makes out ("trois fois quatre-vingts")."""
    extra = []
    for item in recognised:
        kind = _GRAMMAR_KINDS.get(item.kind)
        if kind is None or item.value is None:
            continue
        try:
            value = Decimal(item.value.split()[0])
        except (InvalidOperation, IndexError):
            continue
        extra.append(SaidNumber(frozenset([value]), kind, item.start, item.end))
    return sorted(numbers + extra, key=lambda n: (n.start, -n.end))


class Ledger:
    """Gives each slot its mention. A quantity may serve several lines, a price only when the words share it."""

    def __init__(self, numbers: list[SaidNumber], shares_prices: Callable[[], bool]) -> None:
        self._numbers = numbers
        self._shares_prices = shares_prices
        self._roles: dict[tuple[int, int], Role] = {}
        self._now: list[SaidNumber] = []

    @property
    def used_now(self) -> list[SaidNumber]:
        """Mentions taken by the current command."""
        return self._now

    def begin(self) -> None:
        """A new command starts: inside it, every mention counts once."""
        self._now = []

    def take(
        self, value: Decimal, role: Role, unit: str | None = None, vat_awaited: bool = False, must_point: bool = True
    ) -> bool:
        """Finds a mention of ``value`` that can play ``role`` and keeps it; False when there is none."""
        for number in self._candidates(value, role, unit, vat_awaited, must_point):
            self._now.append(number)
            self._roles.setdefault((number.start, number.end), role)
            return True
        return False

    def _candidates(
        self, value: Decimal, role: Role, unit: str | None, vat_awaited: bool, must_point: bool
    ) -> list[SaidNumber]:
        fitting = [
            number
            for number in self._numbers
            if value in number.values
            and number.kind in _KINDS[role]
            and not any(number.overlaps(taken) for taken in self._now)
            and not (number.kind == "dimension" and role == "quantity" and (unit is None or number.unit != unit))
            and not (role == "vat" and not (number.near_vat or vat_awaited))
            and not (role == "position" and must_point and not number.points)
            and self._free_for(number, role)
        ]
        order = _KINDS[role]
        return sorted(fitting, key=lambda n: (order.index(n.kind), self._role_of(n) is not None, n.start))

    def _role_of(self, number: SaidNumber) -> Role | None:
        return next((r for (s, e), r in self._roles.items() if number.start < e and s < number.end), None)

    def _free_for(self, number: SaidNumber, role: Role) -> bool:
        taken = self._role_of(number)
        if taken is None:
            return True
        return taken == role and (role != "price" or self._shares_prices())

    def looks_reversed(self) -> bool:
        """A bare count after a bare price ("45 prises 12"): in both languages the count is said first."""
        price = next((n for n in self._now if n.kind == "plain" and self._roles[(n.start, n.end)] == "price"), None)
        count = next((n for n in self._now if n.kind == "plain" and self._roles[(n.start, n.end)] == "quantity"), None)
        return price is not None and count is not None and price.start < count.start

    def price_place(self) -> int | None:
        """Where the current command's price was said."""
        return next((n.start for n in self._now if self._roles.get((n.start, n.end)) == "price"), None)

    def unused(self) -> list[SaidNumber]:
        """Said numbers that no command took, identifiers and formats aside."""
        kinds = ("plain", "money", "measure", "percent")
        return [n for n in self._numbers if n.kind in kinds and self._role_of(n) is None]
