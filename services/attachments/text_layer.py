"""Rows of a PDF that carries its text, a quote of another tool for instance: read without any model where they add up."""

from __future__ import annotations

import re

import pypdfium2

from services.attachments.numbers import line_of, ways
from services.attachments.schemas import SeenLine
from services.documents.discounts import to_cents

MOST_PAGES = 20
MOST_ROWS = 60
_AMOUNT = r"\d{1,3}(?:[ \u00a0\u202f.]\d{3})*(?:,\d{1,4})?|\d+(?:[.,]\d{1,4})?"
_UNIT = r"m²|m2|m³|m3|ml|mL|m|u|U|h|j|kg|l|t|ens|forfait|ft|fft|pce|pièce|pièces|unité|unités|adet|saat|gün|mt|metre"
_ROW = re.compile(
    rf"^(?P<description>\S.*?\S)\s+(?P<quantity>{_AMOUNT})\s*(?P<unit>{_UNIT})?\s+(?P<price>{_AMOUNT})\s*€?"
    rf"(?:\s+\d{{1,2}}(?:[.,]\d{{1,2}})?\s?%)?\s+(?P<total>{_AMOUNT})\s*€?(?:\s+\d{{1,2}}(?:[.,]\d{{1,2}})?\s?%)?$"
)
_UNITS = {
    "m2": "m²", "m3": "m³", "mL": "ml", "m": "ml", "mt": "ml", "metre": "ml", "U": "u", "pce": "u", "pièce": "u",
    "pièces": "u", "unité": "u", "unités": "u", "adet": "u", "saat": "h", "gün": "j", "ft": "forfait", "fft": "forfait",
}  # fmt: skip
_NO_WORK = re.compile(
    r"(?:sous[- ]?total|total|tva|page|acompte|remise|net |ara toplam|toplam|kdv|sayfa)", re.IGNORECASE
)
"""How rows of sums and footers begin."""
_NUMBERED = re.compile(r"^\d{1,2}(?:[.)]\d{0,2})*[.)]?\s+(?=\D)")


def rows(content: bytes) -> list[str]:
    """The lines of text of a PDF, top to bottom; empty for a scan or a file that is none."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return []
    try:
        found: list[str] = []
        for index in range(min(len(document), MOST_PAGES)):
            text = document[index].get_textpage().get_text_range()
            found += [" ".join(row.split()) for row in text.splitlines() if row.strip()]
        return found
    finally:
        document.close()


def priced_lines(found: list[str]) -> list[SeenLine]:
    """The rows of works: description, quantity, price, total. Only rows whose numbers add up are believed."""
    lines = [line for row in found if (line := _priced(row)) is not None]
    return lines[:MOST_ROWS]


def _priced(row: str) -> SeenLine | None:
    match = _ROW.match(row)
    if match is None:
        return None
    quantities, prices, totals = ways(match["quantity"]), ways(match["price"]), ways(match["total"])
    if not (quantities and prices and totals) or to_cents(quantities[0] * prices[0]) != to_cents(totals[0]):
        return None
    unit = match["unit"]
    description = _NUMBERED.sub("", match["description"]).strip(" .:;-–")
    if _NO_WORK.match(description) or not any(character.isalpha() for character in description):
        return None
    return line_of(description, _UNITS.get(unit, unit) if unit else None, match["quantity"], match["price"], None)
