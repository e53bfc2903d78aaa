"""The table of lines of the printed page, as ready texts: columns, rows, and which rows stay on one page together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from services.documents.amounts import amount_text, euros, quantity_text, rate_text, unit_price_text
from services.documents.discounts import sum_cents
from services.documents.schemas import Document, Line, LineTotal, Totals, VatCategory

Printed = Callable[[str], str]
RowKind = Literal["line", "section", "subtotal", "sum"]

# The last lines stay with the totals, so that these never stand alone on a page.
_LINES_WITH_TOTALS = 2
DASH = "–"
_TENTH = Decimal("0.1")
_UNTAXED: dict[VatCategory, str] = {
    "AE": "Autoliq.",
    "E": "Exo.",
    "Z": "0 %",
    "O": "–",
    "K": "Intra.",
    "G": "Export",
}


@dataclass(frozen=True)
class Column:
    """One column: ``key`` is its class in the style sheets. The first two are always position and designation."""

    key: str
    label: str


@dataclass(frozen=True)
class Row:
    """One row. ``details`` are the further lines of a designation, ``cells`` what stands right of it.

    A section has no cells, a subtotal only the last one.
    """

    kind: RowKind
    designation: str
    position: str = ""
    details: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowGroup:
    """Neighbouring rows; ``together`` tells that a page must not break between them."""

    rows: tuple[Row, ...]
    together: bool


def shows_progress(document: Document) -> bool:
    """Whether the table tells how far each line of the quote has come (situations and what follows them)."""
    return any(line.progress is not None for line in document.lines)


def columns(document: Document, *, franchise: bool, show_rates: bool) -> tuple[Column, ...]:
    """The columns of the table; without VAT nobody speaks of "HT"."""
    rate = (Column("rate", "TVA"),) if show_rates else ()
    if shows_progress(document):
        return (
            Column("contracted", "Marché" if franchise else "Marché HT"),
            Column("percent", "% cumulé"),
            Column("cumulative", "Cumulé" if franchise else "Cumulé HT"),
            Column("previous", "Déjà facturé"),
            *rate,
            Column("total", "Cette situation" if franchise else "Situation HT"),
        )
    return (
        Column("quantity", "Qté"),
        Column("unit", "Unité"),
        Column("price", "Prix unitaire" if franchise else "PU HT"),
        *rate,
        Column("total", "Total" if franchise else "Total HT"),
    )


def row_groups(document: Document, totals: Totals, text: Printed, *, show_rates: bool) -> tuple[RowGroup, ...]:
    """The rows with headings and subtotals of their sections; the last group belongs on the page of the totals."""
    progress = shows_progress(document)
    firsts = {section.first: section for section in totals.sections}
    lasts = {section.last: section for section in totals.sections}
    rows: list[Row] = []
    for line, total in zip(document.lines, totals.lines, strict=True):
        if section := firsts.get(line.position):
            rows.append(Row("section", text(section.title)))
        rows.append(_row(line, total, text, progress=progress, show_rates=show_rates))
        if section := lasts.get(line.position):
            subtotal = text(amount_text(section.total_ht))
            rows.append(Row("subtotal", text(f"Sous-total {section.title}"), cells=(subtotal,)))
    if progress:
        rows.append(_progress_sum(document, totals, text, show_rates=show_rates))
    return _grouped(rows)


def _row(line: Line, total: LineTotal, text: Printed, *, progress: bool, show_rates: bool) -> Row:
    designation, *details = [part for part in line.description.split("\n") if part.strip()] or [DASH]
    if total.discount:
        details.append(_discount_text(line, total))
    amount = text(amount_text(total.total_ht)) if total.total_ht is not None else DASH
    rate = (text(rate_of(line)),) if show_rates else ()
    cells = _progress_cells(line, text) if progress else _price_cells(line, total, text)
    return Row(
        kind="line",
        position=str(line.position),
        designation=text(designation),
        details=tuple(text(detail) for detail in details),
        cells=(*cells, *rate, amount),
    )


def _price_cells(line: Line, total: LineTotal, text: Printed) -> tuple[str, ...]:
    return (
        text(quantity_text(line.quantity)) if line.quantity is not None else DASH,
        text(line.unit or ""),
        text(unit_price_text(total.unit_price_ht)) if total.unit_price_ht is not None else DASH,
    )


def _progress_cells(line: Line, text: Printed) -> tuple[str, ...]:
    """Marché, percentage, cumulated and already invoiced; a line outside the quote has none of them."""
    done = line.progress
    if done is None:
        return (DASH, DASH, DASH, DASH)
    return (
        text(amount_text(done.contracted)),
        text(rate_text(done.percent)),
        text(amount_text(done.cumulative)),
        text(amount_text(done.previous)),
    )


def _progress_sum(document: Document, totals: Totals, text: Printed, *, show_rates: bool) -> Row:
    """What the whole works come to: the sums of the columns, and the cumulated share of the contract."""
    done = [line.progress for line in document.lines if line.progress is not None]
    contracted = sum_cents(part.contracted for part in done)
    cumulative = sum_cents(part.cumulative for part in done)
    share = (cumulative * 100 / contracted).quantize(_TENTH, ROUND_HALF_UP) if contracted else None
    cells = (
        text(amount_text(contracted)),
        text(rate_text(share)) if share is not None else DASH,
        text(amount_text(cumulative)),
        text(amount_text(sum_cents(part.previous for part in done))),
        *([""] if show_rates else []),
        text(amount_text(totals.lines_total)),
    )
    return Row("sum", "Ensemble des travaux", cells=cells)


def _discount_text(line: Line, total: LineTotal) -> str:
    percent = f" {rate_text(line.discount_percent)}" if line.discount_percent is not None else ""
    return f"Remise{percent} : {euros(-total.discount)}"


def rate_of(line: Line) -> str:
    """The rate of a line, or in short why there is none."""
    if line.vat_category != "S":
        return _UNTAXED[line.vat_category]
    return rate_text(line.vat_rate) if line.vat_rate is not None else DASH


def _grouped(rows: Sequence[Row]) -> tuple[RowGroup, ...]:
    """Headings stay with what they head, subtotals with what they sum, the last lines with the totals."""
    if not rows:
        return ()
    positions = [index for index, row in enumerate(rows) if row.kind == "line"]
    tail = positions[-_LINES_WITH_TOTALS:][0] if positions else 0
    groups: list[RowGroup] = []
    held: list[Row] = []
    for index, row in enumerate(rows):
        held.append(row)
        following = rows[index + 1].kind if index + 1 < len(rows) else None
        if following is None:
            groups.append(RowGroup(tuple(held), together=True))
        elif not (row.kind == "section" or following in ("subtotal", "sum") or index >= tail):
            _append(groups, held)
            held = []
    return tuple(groups)


def _append(groups: list[RowGroup], rows: list[Row]) -> None:
    """Adds rows as one group; single rows join the group of single rows before them."""
    if len(rows) == 1 and groups and not groups[-1].together:
        groups[-1] = RowGroup((*groups[-1].rows, *rows), together=False)
    else:
        groups.append(RowGroup(tuple(rows), together=len(rows) > 1))
