"""What an invoice asks for per VAT rate, and what a payment is of it. Decimal EUR; sums are exact to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.documents.discounts import to_cents
from services.documents.schemas import Document, Line, Totals, VatLine
from services.documents.totals import share_of

ZERO = Decimal("0.00")


def asked_for(document: Document, totals: Totals) -> list[VatLine]:
    """The VAT rows of the invoice less those of the deposits it deducts, which were invoiced before (BT-115 per rate)."""
    taken: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for prepayment in document.prepayments:
        for row in prepayment.vat:
            base, amount = taken.get((row.category, row.rate), (ZERO, ZERO))
            taken[row.category, row.rate] = (base + row.base, amount + row.amount)
    rows = []
    for row in totals.vat:
        base, amount = taken.get((row.category, row.rate), (ZERO, ZERO))
        rows.append(row.model_copy(update={"base": row.base - base, "amount": row.amount - amount}))
    return [row for row in rows if row.base or row.amount]


def paid_part(rows: Sequence[VatLine], before: Decimal, amount: Decimal) -> list[VatLine]:
    """What a payment of ``amount`` (EUR incl. VAT) is per rate when ``before`` had been paid already.

    Taken from the cumulated sums, so that all payments together are the rows to the cent; negative for a reversal.
    """
    until, earlier = _until(rows, before + amount), _until(rows, before)
    return [
        row.model_copy(update={"base": row.base - old.base, "amount": row.amount - old.amount})
        for row, old in zip(until, earlier, strict=True)
    ]


def _until(rows: Sequence[VatLine], paid: Decimal) -> list[VatLine]:
    total = sum((row.base + row.amount for row in rows), ZERO)
    if paid >= total:
        return list(rows)
    if paid <= 0:
        return [row.model_copy(update={"base": ZERO, "amount": ZERO}) for row in rows]
    return share_of(rows, amount=paid)


def goods_part(row: VatLine, document: Document, totals: Totals) -> VatLine:
    """The goods of a VAT row: what is sold without being put in place. Works with their materials are services."""
    amounts = {line.position: line.total_ht or ZERO for line in totals.lines}
    own = [line for line in document.lines if (line.vat_category, line.vat_rate) == (row.category, row.rate)]
    whole = sum((amounts.get(line.position, ZERO) for line in own), ZERO)
    goods = sum((amounts.get(line.position, ZERO) for line in own if is_goods(line)), ZERO)
    part = goods / whole if whole else ZERO
    return row.model_copy(update={"base": to_cents(row.base * part), "amount": to_cents(row.amount * part)})


def is_goods(line: Line) -> bool:
    return line.vat_reason == "supply_only"
