"""A document as plain JSON for APIs and harnesses: money and quantities as strings with a dot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.documents.schemas import Document, Totals
from services.documents.totals import compute_totals


def outline(document: Document, totals: Totals | None = None) -> dict[str, Any]:
    """Kind, number, status, client, lines and amounts. ``unit_price`` and ``total`` of a line are EUR excl. VAT.

    ``version`` is the printed one of an issued document (1, 2…), and counts the changes of a draft.
    """
    totals = totals or compute_totals(document)
    amounts = {line.position: line for line in totals.lines}
    buyer = document.buyer
    return {
        "kind": document.kind,
        "number": document.number,
        "status": document.status,
        "client": {
            "name": buyer.name if buyer else None,
            "address": buyer.address.one_line() if buyer else None,
            "siret": buyer.siret if buyer else None,
            "phone": buyer.phone if buyer else None,
            "email": buyer.email if buyer else None,
        },
        "lines": [
            {
                "position": line.position,
                "description": line.description,
                "quantity": plain(line.quantity),
                "unit": line.unit,
                "unit_price": _unit_price(line.unit_price if line.price_mode == "ht" else _ht(amounts, line.position)),
                "vat_rate": plain(line.vat_rate) if line.vat_category == "S" else None,
                "total": money(amounts[line.position].total_ht) if line.position in amounts else None,
            }
            for line in document.lines
        ],
        "discount": money(totals.discount),
        "subtotal": money(totals.subtotal),
        "vat": money(totals.vat_total),
        "total": money(totals.total),
        "version": document.revision if document.issued_version == document.version else document.version,
    }


def _ht(amounts: dict[int, Any], position: int) -> Decimal | None:
    return amounts[position].unit_price_ht if position in amounts else None


def money(amount: Decimal | None) -> str | None:
    """ "1534.50"."""
    return None if amount is None else f"{amount:.2f}"


def plain(number: Decimal | None) -> str | None:
    """ "3.2", "12": no trailing zeros, no exponent."""
    return None if number is None else format(number.normalize(), "f")


def _unit_price(price: Decimal | None) -> str | None:
    """At least two decimals, at most four: "145.00", "9.0909"."""
    if price is None:
        return None
    text = format(price.quantize(Decimal("0.0001")).normalize(), "f")
    return f"{price:.2f}" if len(text.partition(".")[2]) < 2 else text
