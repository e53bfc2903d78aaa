"""What a payment is of an invoice per VAT rate, and how much of a rate is goods. Decimal EUR; sums are exact to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.documents.discounts import ZERO, to_cents
from services.documents.schemas import Document, Line, Totals, VatLine
from services.documents.totals import share_of
from services.documents.vat_rows import less, total_of


def paid_part(rows: Sequence[VatLine], before: Decimal, amount: Decimal) -> list[VatLine]:
    """What a payment of ``amount`` (EUR incl. VAT) is per rate when ``before`` had been paid already.

    Taken from the cumulated sums, so that all payments together are the rows to the cent; negative for a reversal.
    """
    return less(_until(rows, before + amount), _until(rows, before))


def _until(rows: Sequence[VatLine], paid: Decimal) -> list[VatLine]:
    if paid >= total_of(rows):
        return list(rows)
    return share_of(rows, amount=paid) if paid > 0 else []


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
