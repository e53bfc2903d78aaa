"""The recap per rate and the totals box of the printed page, as ready texts."""

from __future__ import annotations

from dataclasses import dataclass

from services.documents.amounts import NO_BREAK_SPACE, amount_text, date_text, euros, rate_text
from services.documents.discounts import sum_cents
from services.documents.schemas import PAYABLE, Discount, Document, Prepayment, Totals, VatCategory, VatLine
from services.documents.table_view import Printed
from services.documents.totals import share_of

_CATEGORIES: dict[VatCategory, str] = {
    "AE": "Autoliquidation",
    "E": "Exonération",
    "Z": "Taux zéro",
    "O": "Hors champ de la TVA",
    "K": "Livraison intracommunautaire",
    "G": "Exportation",
}


@dataclass(frozen=True)
class VatRow:
    """One row of the recap per rate (AII 242 nonies A I 11°); ``basis`` is the article that gives the rate."""

    rate: str
    basis: str
    base: str
    amount: str


@dataclass(frozen=True)
class TotalsBox:
    """Rows above the emphasised one (``label``, ``amount``), what it means in ``note``, and rows below it."""

    rows: tuple[tuple[str, str], ...]
    label: str
    amount: str
    note: str = ""
    after: tuple[tuple[str, str], ...] = ()


def vat_rows(document: Document, totals: Totals, text: Printed) -> tuple[VatRow, ...]:
    """The recap per category and rate."""
    return tuple(
        VatRow(
            rate=text(rate_text(row.rate) if row.category == "S" else _CATEGORIES[row.category]),
            basis=text(_basis(document, row)),
            base=text(amount_text(row.base)),
            amount=text(amount_text(row.amount)),
        )
        for row in totals.vat
    )


def totals_box(document: Document, totals: Totals, text: Printed, *, franchise: bool, show_vat: bool) -> TotalsBox:
    """The totals of a document down to what is to be paid; an unfinished draft only says what it comes to so far."""
    rows = _rows_to_total(document, totals, franchise=franchise, show_vat=show_vat)
    with_vat = "Total TTC" if show_vat else "Total net"
    amount, note, after = totals.total, "", []
    if not totals.complete:
        label = f"{with_vat} provisoire"
    elif document.kind == "credit_note":
        label, note = ("Avoir TTC" if show_vat else "Avoir net"), "à déduire ou à rembourser"
    elif document.kind not in PAYABLE:
        label, after = with_vat, _order_deposit(document, totals)
    elif totals.prepaid or totals.retention or document.prepayments:
        rows.append((with_vat, euros(totals.total)))
        rows += [(_prepayment_label(paid), euros(-paid.total)) for paid in document.prepayments]
        if totals.retention:
            rows.append((_retention_label(document), euros(-totals.retention)))
        label, amount = "Net à payer", totals.net_to_pay
    else:
        label = with_vat if show_vat else "Net à payer"
    return TotalsBox(_printed(rows, text), text(label), text(euros(amount)), text(note), _printed(after, text))


def _rows_to_total(document: Document, totals: Totals, *, franchise: bool, show_vat: bool) -> list[tuple[str, str]]:
    before_vat = "Total" if franchise else "Total HT"
    rows: list[tuple[str, str]] = []
    if totals.discount:
        rows.append((f"{before_vat} avant remise", euros(totals.lines_total)))
        rows.append((_discount_label(document.discount), euros(-totals.discount)))
    if not franchise:
        rows.append(("Total HT", euros(totals.subtotal)))
        reverse_charge = any(row.category == "AE" for row in totals.vat)
        rows.append(("TVA (autoliquidation)" if reverse_charge and not show_vat else "TVA", euros(totals.vat_total)))
    return rows


def _order_deposit(document: Document, totals: Totals) -> list[tuple[str, str]]:
    """What a quote asks for at the order, the same sum that its deposit invoice will ask for."""
    if document.kind != "quote" or (document.deposit_percent is None and document.deposit_amount is None):
        return []
    if document.deposit_amount is not None:
        return [("Acompte à la commande", euros(document.deposit_amount))]
    percent = document.deposit_percent
    shares = share_of(totals.vat, percent=percent)
    label = f"Acompte à la commande {rate_text(percent)}" if percent is not None else ""
    return [(label, euros(sum_cents(row.base + row.amount for row in shares)))]


def _printed(rows: list[tuple[str, str]], text: Printed) -> tuple[tuple[str, str], ...]:
    return tuple((text(label), text(value)) for label, value in rows)


def _basis(document: Document, row: VatLine) -> str:
    bases = [
        line.vat_basis
        for line in document.lines
        if line.vat_basis and line.vat_category == row.category and (row.category != "S" or line.vat_rate == row.rate)
    ]
    return " ; ".join(dict.fromkeys(bases))


def _discount_label(discount: Discount | None) -> str:
    if discount is not None and discount.percent is not None:
        return f"Remise {rate_text(discount.percent)}"
    return "Remise commerciale"


def _prepayment_label(paid: Prepayment) -> str:
    return f"Acompte {paid.number}" + (f" du{NO_BREAK_SPACE}{date_text(paid.issue_date)}" if paid.issue_date else "")


def _retention_label(document: Document) -> str:
    percent = f" {rate_text(document.retention_percent)}" if document.retention_percent is not None else ""
    return f"Retenue de garantie{percent}"
