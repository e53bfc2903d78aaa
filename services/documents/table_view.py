"""The table of lines, the VAT recap and the totals box of the printed page, as ready texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.documents.amounts import amount_text, euros, quantity_text, rate_text, unit_price_text
from services.documents.schemas import PAYABLE, Discount, Document, Line, LineTotal, Totals

Printed = Callable[[str], str]

# The last rows stay with the totals, so that these never stand alone on a page.
_ROWS_WITH_TOTALS = 2
_DASH = "–"


@dataclass(frozen=True)
class Row:
    """One line of the table. ``details`` are the further lines of a designation written on several."""

    position: str
    designation: str
    details: tuple[str, ...]
    quantity: str
    unit: str
    unit_price: str
    rate: str
    total: str


@dataclass(frozen=True)
class VatRow:
    """One row of the recap per rate (AII 242 nonies A I 11°)."""

    rate: str
    base: str
    amount: str


def row_groups(document: Document, totals: Totals, text: Printed) -> tuple[tuple[Row, ...], ...]:
    """The rows of the table; the last ones apart, because they stay on the page of the totals."""
    rows = [_row(line, total, text) for line, total in zip(document.lines, totals.lines, strict=True)]
    head, tail = rows[:-_ROWS_WITH_TOTALS], rows[-_ROWS_WITH_TOTALS:]
    return tuple(tuple(group) for group in (head, tail) if group)


def vat_rows(totals: Totals, text: Printed) -> tuple[VatRow, ...]:
    """The recap per rate."""
    return tuple(
        VatRow(
            rate=text(rate_text(row.rate)) if row.category == "S" else _DASH,
            base=text(amount_text(row.base)),
            amount=text(amount_text(row.amount)),
        )
        for row in totals.vat
    )


def total_rows(
    document: Document, totals: Totals, franchise: bool, show_vat: bool
) -> tuple[list[tuple[str, str]], tuple[str, str]]:
    """The rows of the totals box and its emphasised last one."""
    before_vat = "Total" if franchise else "Total HT"
    rows: list[tuple[str, str]] = []
    if totals.discount:
        rows.append((f"{before_vat} avant remise", euros(totals.lines_total)))
        rows.append((_discount_label(document.discount), euros(-totals.discount)))
    if not franchise:
        rows.append(("Total HT", euros(totals.subtotal)))
        rows.append(("TVA" if show_vat else "TVA (autoliquidation)", euros(totals.vat_total)))
    with_vat = "Total TTC" if show_vat else "Total net"
    payable = document.kind in PAYABLE
    if not totals.complete:
        return rows, (f"{with_vat} provisoire", euros(totals.total))
    if not totals.prepaid:
        return rows, ("Net à payer" if payable and not show_vat else with_vat, euros(totals.total))
    rows.append((with_vat, euros(totals.total)))
    rows.extend((f"Acompte {paid.number}", euros(-paid.total)) for paid in document.prepayments)
    return rows, ("Net à payer", euros(totals.net_to_pay))


def _row(line: Line, total: LineTotal, text: Printed) -> Row:
    designation, *details = [part for part in line.description.split("\n") if part.strip()] or [_DASH]
    rate = rate_text(line.vat_rate) if line.vat_category == "S" and line.vat_rate is not None else _DASH
    return Row(
        position=str(line.position),
        designation=text(designation),
        details=tuple(text(detail) for detail in details),
        quantity=text(quantity_text(line.quantity)) if line.quantity is not None else _DASH,
        unit=text(line.unit or ""),
        unit_price=text(unit_price_text(total.unit_price_ht)) if total.unit_price_ht is not None else _DASH,
        rate=text(rate),
        total=text(amount_text(total.total_ht)) if total.total_ht is not None else _DASH,
    )


def _discount_label(discount: Discount | None) -> str:
    if discount is not None and discount.percent is not None:
        return f"Remise {rate_text(discount.percent)}"
    return "Remise commerciale"
