"""How a discount is spread over the VAT rates of a document, every sum exact to the cent (UX-24, UX-26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import product

from services.documents.schemas import Discount, VatCategory

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

# More rates than this on one document never happens; beyond it the smallest bases keep their nearest rounding.
_MOVABLE_GROUPS = 5


@dataclass(frozen=True)
class TaxBase:
    """Base and VAT of one (category, rate) group, EUR. ``rate`` is percent; None while the rate is not decided yet."""

    category: VatCategory
    rate: Decimal | None
    base: Decimal
    amount: Decimal

    def taxed(self, base: Decimal) -> TaxBase:
        """The same group on another base, VAT recomputed and rounded once (legal.md 51)."""
        return replace(self, base=base, amount=to_cents(base * self.factor))

    @property
    def factor(self) -> Decimal:
        return (self.rate or ZERO) / 100

    @property
    def total(self) -> Decimal:
        return self.base + self.amount


def to_cents(amount: Decimal) -> Decimal:
    """Rounds half up to the cent; a negative zero becomes zero."""
    return amount.quantize(CENT, ROUND_HALF_UP) + ZERO


def sum_cents(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def apportion(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Splits an amount in cents pro rata to weights; the parts add up exactly: largest remainders get the odd cents."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [ZERO for _ in weights]
    exact = [amount * weight / whole for weight in weights]
    parts = [share.quantize(CENT, ROUND_FLOOR) for share in exact]
    missing = int((amount - sum_cents(parts)) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], -abs(weights[i]), i))
    for i in by_remainder[:missing]:
        parts[i] += CENT
    return [part + ZERO for part in parts]


def reduce_bases(groups: Sequence[TaxBase], discount: Decimal) -> list[TaxBase]:
    """Takes a discount excl. VAT off the bases, pro rata; VAT is recomputed on what remains."""
    shares = apportion(discount, [group.base for group in groups])
    return [group.taxed(group.base - share) for group, share in zip(groups, shares, strict=True)]


def reach_total(groups: Sequence[TaxBase], target: Decimal) -> list[TaxBase]:
    """Scales the bases so that the total incl. VAT is exactly ``target``.

    Bases nearest to their share whose rounded VAT adds up are preferred. When no cents do (500 € at 10 %), the largest
    base keeps its nearest value and its VAT is what is left: 454,55 + 45,45 (UX-24).
    """
    reference = sum((group.base * (1 + group.factor) for group in groups), Decimal(0))
    if not reference:
        return list(groups)
    ordered = sorted(range(len(groups)), key=lambda i: -abs(groups[i].base))
    exact = [group.base * target / reference for group in groups]
    nearest = [to_cents(share) for share in exact]
    best: tuple[tuple[Decimal, Decimal], list[TaxBase], Decimal] | None = None
    for steps in product((0, 1, -1), repeat=min(len(groups), _MOVABLE_GROUPS)):
        bases = list(nearest)
        for i, step in zip(ordered, steps, strict=False):
            bases[i] = max(bases[i] + step * CENT, ZERO) if groups[i].base >= 0 else bases[i] + step * CENT
        tried = [group.taxed(base) for group, base in zip(groups, bases, strict=True)]
        gap = target - sum_cents(group.total for group in tried)
        distance = sum((abs(base - share) for base, share in zip(bases, exact, strict=True)), Decimal(0))
        if best is None or (abs(gap), distance) < best[0]:
            best = ((abs(gap), distance), tried, gap)
    assert best is not None
    reached, gap = best[1], best[2]
    taxed = next((i for i in ordered if groups[i].factor), ordered[0])
    reached[taxed] = replace(reached[taxed], amount=reached[taxed].amount + gap)
    return reached


@dataclass(frozen=True)
class DiscountedBases:
    """The groups after the discount, and whether the discount had to be held within the total."""

    groups: list[TaxBase]
    refused: bool = False


def discounted(groups: list[TaxBase], discount: Discount, *, all_ttc: bool) -> DiscountedBases:
    """Applies a discount; one that would raise the total, or exceed it, is held at the limit and marked refused.

    A percentage of lines that are all priced incl. VAT keeps that total exact; otherwise it is computed excl. VAT.
    """
    ht = sum_cents(group.base for group in groups)
    ttc = sum_cents(group.total for group in groups)
    if discount.target_total is not None:
        incl_vat, wanted = discount.price_mode == "ttc", to_cents(discount.target_total)
    elif discount.percent is not None:
        incl_vat = all_ttc
        whole = ttc if incl_vat else ht
        wanted = whole - to_cents(whole * discount.percent / 100)
    elif discount.amount is not None:
        incl_vat = discount.price_mode == "ttc"
        wanted = (ttc if incl_vat else ht) - to_cents(discount.amount)
    else:
        return DiscountedBases(groups)
    whole = ttc if incl_vat else ht
    held = min(max(wanted, ZERO), whole) if whole > 0 else whole
    if held == whole:
        return DiscountedBases(groups, refused=wanted != whole)
    reduced = reach_total(groups, held) if incl_vat else reduce_bases(groups, ht - held)
    return DiscountedBases(reduced, refused=held != wanted)
