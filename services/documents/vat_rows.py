"""Arithmetic on rows of the VAT table: the accounts of a quote are kept per (category, rate), EUR, to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from services.documents.discounts import ZERO, sum_cents
from services.documents.schemas import VatCategory, VatLine
from services.documents.totals import plain

Group = tuple[VatCategory, Decimal]


def group_of(row: VatLine) -> Group:
    """What rows are summed by: 10 and 10.00 are one rate."""
    return row.category, plain(row.rate)


def joined(*tables: Iterable[VatLine]) -> list[VatLine]:
    """The rows of all tables summed per group, highest rate first; groups that come to nothing are left out."""
    sums: dict[Group, tuple[Decimal, Decimal]] = {}
    for row in (row for table in tables for row in table):
        base, amount = sums.get(group_of(row), (ZERO, ZERO))
        sums[group_of(row)] = base + row.base, amount + row.amount
    return [
        VatLine(category=category, rate=rate, base=base, amount=amount)
        for (category, rate), (base, amount) in sorted(sums.items(), key=lambda item: (-item[0][1], item[0][0]))
        if base or amount
    ]


def negated(rows: Iterable[VatLine]) -> list[VatLine]:
    """The same rows with the opposite sign."""
    return [row.model_copy(update={"base": -row.base + ZERO, "amount": -row.amount + ZERO}) for row in rows]


def less(rows: Iterable[VatLine], *taken: Iterable[VatLine]) -> list[VatLine]:
    """What is left of the rows when others are taken off."""
    return joined(rows, *(negated(table) for table in taken))


def by_group(rows: Iterable[VatLine]) -> dict[Group, VatLine]:
    return {group_of(row): row for row in rows}


def base_of(rows: Iterable[VatLine]) -> Decimal:
    """EUR excl. VAT."""
    return sum_cents(row.base for row in rows)


def total_of(rows: Iterable[VatLine]) -> Decimal:
    """EUR incl. VAT."""
    return sum_cents(row.base + row.amount for row in rows)
