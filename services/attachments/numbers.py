"""Numbers as a reader gives them, "1150", "6|8" or "?", weighed against each other: what is on paper must add up."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product
from typing import Literal

from services.attachments.schemas import SeenLine
from services.documents.discounts import to_cents
from services.documents.drafts import MEASURED

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,4})?")
_LARGEST = Decimal(10_000_000)
_MOST_WAYS = 4
"""Ways to read one token; with more it is not readable at all."""


def ways(token: str | None) -> list[Decimal] | None:
    """The numbers a token may be: None when nothing is written there, empty when it cannot be read."""
    if token is None or not token.strip():
        return None
    found: list[Decimal] = []
    for part in token.split("|"):
        plain = re.sub(r"[\s\u202f\u00a0€]|EUR", "", part)
        if "," in plain:
            plain = plain.replace(".", "").replace(",", ".")
        if not _NUMBER.fullmatch(plain):
            return []
        value = Decimal(plain)
        if not 0 < value < _LARGEST:
            return []
        if value not in found:
            found.append(value)
    return found if len(found) <= _MOST_WAYS else []


def line_of(
    description: str, unit: str | None, quantity: str | None, unit_price: str | None, total: str | None
) -> SeenLine:
    """The line that the tokens of one row make. Of several ways to read, the one that adds up is taken."""
    quantities, prices, totals = ways(quantity), ways(unit_price), ways(total)
    if quantities and prices and totals:
        sums = [way for way in product(quantities, prices, totals) if to_cents(way[0] * way[1]) == to_cents(way[2])]
        if len({way[:2] for way in sums}) == 1:
            return SeenLine(description=description, unit=unit, quantity=sums[0][0], unit_price=sums[0][1])
    line = SeenLine(description=description, unit=unit, quantity=_one(quantities), unit_price=_one(prices))
    if prices is not None and line.unit_price is None and (line.quantity is None or _one(totals) is None):
        return _unread(line, "unit_price", prices)
    if line.unit_price is None:  # no price per piece, or an unreadable one beside a total that is
        line.total = _one(totals)
    elif quantities is None and unit not in MEASURED and unit != "u":  # one number behind the work: its price
        line.unit_price, line.total = None, line.unit_price
    elif line.quantity is not None and _one(totals) not in (None, line.quantity * line.unit_price):
        line.mismatch = _one(totals)
    if quantities is not None and line.quantity is None:
        line.unit = unit or "u"
        return _unread(line, "quantity", quantities)
    return line


def _one(found: list[Decimal] | None) -> Decimal | None:
    return found[0] if found is not None and len(found) == 1 else None


def _unread(line: SeenLine, of: Literal["quantity", "unit_price"], found: list[Decimal]) -> SeenLine:
    return line.model_copy(update={"unread_of": of, "unread": found})
