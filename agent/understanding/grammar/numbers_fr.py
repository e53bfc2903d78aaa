"""French number words, from transcripts: ``quatre-vingt-douze``, ``deux mille cinq``, ``septante``, ``vingt et un``.

Own code instead of text2num because a transcript runs numbers together ("vingt-six quarante-deux" is 26 then 42),
places are needed, and "mille deux" in a price is 1200 with a doubt (UX-29). A unit test compares it with text2num on 0–99999.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_UNITS = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
}  # fmt: skip
_TENS = {
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
    "huitante": 80, "octante": 80, "nonante": 90,
}  # fmt: skip
_ABOUT = {
    "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100,
}  # fmt: skip
WORDS = frozenset([*_UNITS, *_TENS, "cent", "cents", "mille", "million", "millions"])


@dataclass(slots=True)
class SpokenNumber:
    """A number read from words: tokens ``[start, end)``. ``colloquial`` is the price reading of "mille deux" (1200);
    with ``split``, what the number is without its last word, which may count the noun after it."""

    value: Decimal
    end: int
    colloquial: Decimal | None = None
    suffix: str | None = None
    split: bool = False


def read(keys: Sequence[str], start: int) -> SpokenNumber | None:
    """The longest number in words that starts at ``start``; None when there is none."""
    if start >= len(keys):
        return None
    round_about = start + 1 if keys[start] == "une" and start + 1 < len(keys) else start
    if keys[round_about] in _ABOUT:
        return SpokenNumber(Decimal(_ABOUT[keys[round_about]]), round_about + 1)
    if keys[start] not in WORDS:
        return None
    head = _below_thousand(keys, start)
    value, end = head if head else (1, start)
    colloquial: int | None = None
    if end < len(keys) and keys[end] == "mille" and value > 0:
        tail = _below_thousand(keys, end + 1)
        thousands = value * 1000
        if tail:
            if tail[1] == end + 2 and 0 < tail[0] < 10 and keys[end + 1] not in ("un", "une"):
                colloquial = thousands + tail[0] * 100
            if not (tail[0] == 1 and keys[end + 1] == "une"):
                value, end = thousands + tail[0], tail[1]
            else:
                value, end = thousands, end + 1
        else:
            value, end = thousands, end + 1
    elif head is None:
        return None
    decimals = _decimals(keys, end)
    if decimals:
        return SpokenNumber(Decimal(f"{value}.{decimals[0]}"), decimals[1])
    return SpokenNumber(Decimal(value), end, Decimal(colloquial) if colloquial else None)


def _below_thousand(keys: Sequence[str], start: int) -> tuple[int, int] | None:
    if start < len(keys) and keys[start] in ("cent", "cents"):
        hundreds, after = 1, start + 1
    else:
        below = below_hundred(keys, start)
        if below is None:
            return None
        value, end = below
        if not ((2 <= value <= 9 or 11 <= value <= 16) and end < len(keys) and keys[end] in ("cent", "cents")):
            return below
        hundreds, after = value, end + 1
    rest = below_hundred(keys, after)
    if rest and rest[1] == after + 1 and 2 <= rest[0] <= 9 and keys[rest[1] : rest[1] + 1] in (["cent"], ["cents"]):
        rest = None
    if rest and rest[0] > 0 and keys[after] != "une":
        return hundreds * 100 + rest[0], rest[1]
    return hundreds * 100, after


def below_hundred(keys: Sequence[str], start: int) -> tuple[int, int] | None:
    """A number under 100 in words at ``start``, and its end."""
    if start >= len(keys):
        return None
    key = keys[start]
    following = keys[start + 1] if start + 1 < len(keys) else ""
    if key == "quatre" and following in ("vingt", "vingts"):
        joined = keys[start + 2 : start + 3] != [
            "et"
        ]  # 81 and 91 are said without "et": "quatre-vingts | et onze jours"
        rest = _tail(keys, start + 2, upto=19) if joined else None
        return (80 + rest[0], rest[1]) if rest else (80, start + 2)
    if key in _TENS:
        tens = _TENS[key]
        rest = _tail(keys, start + 1, upto=19 if key == "soixante" else 9)
        return (tens + rest[0], rest[1]) if rest else (tens, start + 1)
    if key == "dix" and following in ("sept", "huit", "neuf"):
        return 10 + _UNITS[following], start + 2
    if key in _UNITS:
        return _UNITS[key], start + 1
    return None


def _tail(keys: Sequence[str], start: int, upto: int) -> tuple[int, int] | None:
    """What may follow a ten: ``et un``, ``et onze``, ``deux``…, up to 19 after soixante and quatre-vingt."""
    if start < len(keys) and keys[start] == "et":
        if start + 1 < len(keys) and keys[start + 1] in ("un", "une", "onze"):
            value = _UNITS[keys[start + 1]]
            return (value, start + 2) if value <= upto else None
        return None
    if start >= len(keys) or keys[start] in ("zero", "une"):
        return None
    key = keys[start]
    if key == "dix" and upto == 19:
        following = keys[start + 1] if start + 1 < len(keys) else ""
        if following in ("sept", "huit", "neuf"):
            return 10 + _UNITS[following], start + 2
        return 10, start + 1
    value = _UNITS.get(key, 0)
    if 2 <= value <= 9 and start + 1 < len(keys) and keys[start + 1] in ("cent", "cents"):
        return None  # "vingt | cinq cents"
    return (value, start + 1) if 1 <= value <= upto else None


def _decimals(keys: Sequence[str], start: int) -> tuple[str, int] | None:
    """``virgule cinq``, ``virgule zéro cinq``, ``point cinq``."""
    if start >= len(keys) or keys[start] not in ("virgule", "point"):
        return None
    index, digits = start + 1, ""
    while index < len(keys) and keys[index] == "zero":
        digits, index = digits + "0", index + 1
    rest = _below_thousand(keys, index)
    if rest:
        digits, index = digits + str(rest[0]), rest[1]
    return (digits, index) if digits else None
