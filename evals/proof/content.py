"""Lines, discounts and terms of a drawn document."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from evals.proof import words
from evals.proof.draw import Draw
from evals.proof.regimes import Regime, Taxed
from services.documents.schemas import Discount, Document, Line, Waste
from services.documents.totals import compute_totals

_SIZES = {(1, 1): 15, (2, 5): 45, (6, 15): 28, (16, 35): 9, (36, 60): 2, (61, 150): 1}


def some_lines(draw: Draw, regime: Regime) -> list[Line]:
    """From one to sixty lines, rarely more, in sections or not; few kinds of prices and discounts per document."""
    count = draw.whole(*draw.weighted(_SIZES))
    with_sections = count > 3 and draw.chance(35)
    incl_vat = draw.chance(25)
    sections = sorted(draw.whole(0, 3) for _ in range(count)) if with_sections else []
    titles = draw.some(words.SECTIONS, 4)
    lines = []
    for position in range(1, count + 1):
        taxed = draw.weighted({taxed: taxed.weight for taxed in regime.lines})
        section = titles[sections[position - 1]] if with_sections else None
        lines.append(_line(draw, position, taxed, "ttc" if incl_vat or draw.chance(4) else "ht", section))
    return lines


def _line(draw: Draw, position: int, taxed: Taxed, mode: Any, section: str | None) -> Line:
    description, unit, low, high = draw.pick(words.SUPPLIES if taxed.supply else words.WORKS)
    if draw.chance(4):
        description = draw.pick(words.NASTY)
    quantity = draw.number(1, 180, draw.weighted({0: 55, 1: 20, 2: 20, 3: 5}))
    line = Line(
        position=position,
        description=description,
        chat_label=description[:40],
        said=description,
        quantity=Decimal(1) if unit in ("forfait", "ens") else quantity,
        unit=unit,
        unit_price=draw.price(low, high),
        price_mode=mode,
        section=section,
        vat_rate=taxed.rate,
        vat_category=taxed.category,
        vat_reason=taxed.reason,
        vat_basis=taxed.basis,
        key=f"{position:012x}",
    )
    if draw.chance(8):
        line.discount_percent = draw.pick((Decimal(5), Decimal(10), Decimal("2.5"), Decimal(100)))
    elif draw.chance(4):
        line.discount_amount = draw.price(1, low)
    return line


def some_discount(draw: Draw, document: Document) -> Discount | None:
    """None most often; else a percentage, an amount, or a round total to reach."""
    how = draw.weighted({"none": 70, "percent": 14, "amount": 8, "target": 8})
    total = compute_totals(document).total
    if how == "none" or total < 50:
        return None
    mode: Any = draw.pick(("ht", "ttc"))
    if how == "percent":
        return Discount(percent=draw.pick((Decimal(2), Decimal(5), Decimal("7.5"), Decimal(10), Decimal("33.33"))))
    if how == "amount":
        return Discount(amount=draw.number(1, int(total / 10) + 1, draw.pick((0, 2))), price_mode=mode)
    return Discount(target_total=Decimal(int(total * 9 / 10 / 10) * 10), price_mode=mode)


def notes(draw: Draw) -> list[str]:
    """Some remarks, now and then one that breaks naive programs."""
    chosen = draw.some(words.NOTES, draw.weighted({0: 60, 1: 25, 2: 15}))
    return [*chosen, draw.pick(words.NASTY)] if draw.chance(5) else chosen


def set_terms(draw: Draw, document: Document, today: date) -> None:
    """Dates, reference, guarantee: what the kind of document may carry."""
    document.due_days = draw.pick((0, 15, 30, 30, 30, 45, 60))
    document.buyer_reference = f"BC {draw.whole(1, 99999)}/2026" if draw.chance(12) else None
    document.off_premises = draw.pick((None, None, False, True))
    if document.kind == "quote":
        document.validity_days = draw.pick((30, 60, 90))
        document.start_date = draw.day(today, 120) if draw.chance(40) else None
        document.urgent = draw.chance(6)
        document.quote_fee = draw.price(20, 150) if draw.chance(5) else None
        document.deposit_percent = draw.pick((Decimal(20), Decimal(30))) if draw.chance(25) else None
        document.waste = _waste(draw) if draw.chance(25) else None
        return
    if document.kind != "deposit":
        when = draw.weighted({"day": 50, "month": 25, "none": 25})
        document.service_date = today - timedelta(days=draw.whole(0, 40)) if when == "day" else None
        document.service_month = f"{today:%Y-%m}" if when == "month" else None


def set_retention(draw: Draw, document: Document, today: date) -> None:
    """The guarantee kept back on works invoices between businesses (loi 71-584)."""
    if draw.chance(12):
        document.retention_percent = draw.pick((Decimal(5), Decimal("2.5"), Decimal(3)))
        document.retention_until = today.replace(year=today.year + 1) if draw.chance(60) else None


def _waste(draw: Draw) -> Waste:
    return Waste(
        quantity=f"{draw.whole(1, 12)} m³",
        sorting="tri sur place, bennes séparées",
        collection_point="Déchèterie de Vaulx, installation de tri",
        cost=f"{draw.whole(50, 900)} €",
    )
