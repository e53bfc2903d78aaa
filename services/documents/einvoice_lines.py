"""The lines and VAT rows of an electronic invoice (BG-25, BG-20, BG-23): every amount as computed, none recomputed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from services.documents.amounts import rate_text
from services.documents.discounts import to_cents
from services.documents.einvoice_codes import exemption, unit_code
from services.documents.mentions import Mention
from services.documents.printable import plain_text
from services.documents.schemas import Document, Line, LineTotal, Seller, Totals

_QUANTITY_DECIMALS, _PRICE_DECIMALS = 4, 6
_DISCOUNT = "95"
"""UNTDID 5189: discount."""


def amount(value: Decimal) -> str:
    """EUR with two decimals and a point."""
    return f"{to_cents(value):.2f}"


def number(value: Decimal) -> str:
    """Without exponent nor trailing zeros."""
    return format(value.normalize(), "f")


def line_items(document: Document, totals: Totals) -> list[dict[str, Any]]:
    """BG-25: one per line of the document. Raises ``ValueError`` while an amount is missing."""
    return [_item(line, total) for line, total in zip(document.lines, totals.lines, strict=True)]


def allowances(document: Document, totals: Totals) -> list[dict[str, Any]]:
    """BG-20: what the document's discount takes off each rate (legal.md 59)."""
    discount = document.discount
    percent = rate_text(discount.percent) if discount is not None and discount.percent is not None else None
    return [
        {
            "amount": amount(share.amount),
            "reason": f"Remise {percent}" if percent else "Remise commerciale",
            "reason_code": _DISCOUNT,
            "vat_category_code": share.category,
        }
        | ({} if share.category == "O" else {"vat_rate": number(share.rate)})
        for share in totals.discount_shares
    ]


def vat_rows(document: Document, seller: Seller, totals: Totals, mentions: Sequence[Mention]) -> list[dict[str, Any]]:
    """BG-23: base and VAT per category and rate, with the reason where none is charged."""
    wording = {mention.code: mention.text for mention in mentions}
    rows = []
    for row in totals.vat:
        fields = {"BT-116": amount(row.base), "BT-117": amount(row.amount), "BT-118": row.category}
        if row.category != "O":
            fields["BT-119"] = number(row.rate)
        reason = exemption(row.category, document.lines, franchise=seller.vat_regime == "franchise")
        if reason is not None:
            basis = next(
                (ln.vat_basis for ln in document.lines if ln.vat_category == row.category and ln.vat_basis), None
            )
            text = wording.get(reason.mention or "") or (f"{reason.text}, {basis}" if basis else reason.text)
            fields["BT-120"] = plain_text(text)
            if reason.code:
                fields["BT-121"] = reason.code
        rows.append(fields)
    return rows


def _item(line: Line, total: LineTotal) -> dict[str, Any]:
    if line.quantity is None or total.unit_price_ht is None or total.total_ht is None:
        raise ValueError(f"line {line.position} has no amount")
    name, *details = [text for part in line.description.split("\n") if (text := plain_text(part))] or ["–"]
    item: dict[str, Any] = {
        "BT-126": str(line.position),
        "BT-130": unit_code(line.unit),
        "BT-131": amount(total.total_ht),
        "BT-151": line.vat_category,
        "BT-153": name,
    } | _quantity_and_price(line.quantity, total.unit_price_ht, total.total_ht + total.discount)
    if details:
        item["BT-154"] = "\n".join(details)
    if line.vat_category != "O":
        item["BT-152"] = number(line.vat_rate) if line.vat_category == "S" and line.vat_rate is not None else "0"
    if section := plain_text(line.section or ""):
        item["BT-127-00"] = [{"BT-127": section}]
    if total.discount:
        item["BG-27"] = [_line_allowance(line, total)]
    return item


def _line_allowance(line: Line, total: LineTotal) -> dict[str, str]:
    """BG-27. A percentage is told only where it gives the amount by itself: on prices excl. VAT."""
    said = {"amount": amount(total.discount), "reason": "Remise", "reason_code": _DISCOUNT}
    if line.discount_percent is None or line.price_mode != "ht" or total.total_ht is None:
        return said
    gross = total.total_ht + total.discount
    return said | {"reason": f"Remise {rate_text(line.discount_percent)}", "base_amount": amount(gross)}


def _quantity_and_price(quantity: Decimal, price: Decimal, gross: Decimal) -> dict[str, str]:
    """BT-129, BT-146 and where needed BT-149: a price is never negative (BR-27) and both fit the decimals of BR-FR-DEC.

    A price that does not give back the line's amount is told for the whole quantity instead of for one unit.
    """
    if price < 0:
        quantity, price = -quantity, -price
    whole = quantity.quantize(Decimal(1).scaleb(-_QUANTITY_DECIMALS), ROUND_HALF_UP)
    unit = price.quantize(Decimal(1).scaleb(-_PRICE_DECIMALS), ROUND_HALF_UP)
    if (whole == quantity and to_cents(quantity * unit) == gross) or not whole:
        return {"BT-129": number(whole), "BT-146": _price(unit)}
    return {"BT-129": number(whole), "BT-146": amount(abs(gross)), "BT-149": number(abs(whole))}


def _price(price: Decimal) -> str:
    """Two to six decimals, as many as it needs."""
    text = number(price)
    return f"{price:.2f}" if len(text.partition(".")[2]) < 2 else text
