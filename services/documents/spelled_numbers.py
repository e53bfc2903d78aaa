"""Numbers written in words before a unit or a counted detail: "deux cents litres" → "200 litres", "iki yüz litre"."""

from __future__ import annotations

import re
from typing import Literal

from text_to_num import alpha2digit

from services.documents.text import fold

_FRENCH = (
    "zéro|zero|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|"
    "quarante|cinquante|soixante|cents?|mille"
)
_UNITS = (
    r"litres?|litre\w*|kilos?|kilowatts?|watts?|amp[eè]res?|amper|m[eè]tres?|metre|santim\w*|centim[eè]tres?|"
    r"millim[eè]tres?|couches?|rang[ée]es?|modules?|kat|s[ıi]ral?[ıi]?"
)
_SAID_FR = re.compile(rf"\b((?:{_FRENCH})(?:[ -](?:et[ -])?(?:{_FRENCH}))*)(?=\s+(?:{_UNITS})\b)", re.IGNORECASE)
_TURKISH = {
    "bir": 1, "iki": 2, "uc": 3, "dort": 4, "bes": 5, "alti": 6, "yedi": 7, "sekiz": 8, "dokuz": 9, "on": 10, "yirmi": 20,
    "otuz": 30, "kirk": 40, "elli": 50, "altmis": 60, "yetmis": 70, "seksen": 80, "doksan": 90, "yuz": 100, "bin": 1000,
}  # fmt: skip
_WORD_BEFORE_UNIT = re.compile(rf"((?:\w+\s+){{1,5}})(?=(?:{_UNITS})\b)", re.IGNORECASE)


def in_digits(text: str, language: Literal["fr", "tr"]) -> str:
    """The text with the numbers that stand before a unit in digits; other numbers stay words."""
    if language == "fr":
        return _SAID_FR.sub(lambda found: _french(found[1]), text)
    return _WORD_BEFORE_UNIT.sub(lambda found: _turkish(found[1]), text)


def _french(words: str) -> str:
    if words.lower() in ("un", "une"):
        return "1"
    digits = alpha2digit(words.replace("-", " "), "fr")
    return digits if digits.isdigit() else words


def _turkish(words: str) -> str:
    said = words.split()
    start = len(said)
    while start and fold(said[start - 1]) in _TURKISH:
        start -= 1
    if start == len(said):
        return words
    total = current = 0
    for word in said[start:]:
        value = _TURKISH[fold(word)]
        if value == 100:
            current = max(current, 1) * 100
        elif value == 1000:
            total, current = total + max(current, 1) * 1000, 0
        else:
            current += value
    return " ".join([*said[:start], str(total + current)]) + " "
