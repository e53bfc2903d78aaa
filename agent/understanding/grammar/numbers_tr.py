"""Turkish number words, apart or joined, with their case endings.

``yüz seksen``, ``yüzseksen``, ``bin iki yüz elli``, ``iki buçuk bin``, ``bir buçuk``, ``otuzbeşten`` (ablative: "at 35
each"), ``beşer`` (each), ``yirmilik``, ``yarım``, ``çeyrek``. Words are folded (``ı``→``i``, ``ş``→``s``…).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.numbers_fr import SpokenNumber

_VALUES = {
    "sifir": 0, "bir": 1, "iki": 2, "uc": 3, "dort": 4, "bes": 5, "alti": 6, "yedi": 7, "sekiz": 8, "dokuz": 9,
    "on": 10,
    "yirmi": 20, "otuz": 30, "kirk": 40, "elli": 50, "altmis": 60, "yetmis": 70, "seksen": 80, "doksan": 90, "yuz": 100,
    "bin": 1000, "milyon": 1000000,
}  # fmt: skip
_MORPHEMES = sorted([*_VALUES, "dord", "bucuk"], key=lambda m: -len(m))
_SUFFIXES = (
    ("abl", r"(?:d|t)[ae]n"),
    ("dist", r"(?:s|sh)?[ae]r(?:[dt][ae]n)?|[ae]rli"),
    ("lik", r"l[iu]k(?:t[ae]n)?"),
    ("ord", r"(?:i|u)?nc[iu]"),
    ("dat", r"y?[ae]"),
    ("acc", r"[yn]?[iu]"),
    ("acc", r"s?[iu]n[iu]"),
    ("gen", r"n?[iu]n"),
    ("loc", r"(?:d|t)[ae]"),
    ("ins", r"yl[ae]"),
)
_SUFFIX_PATTERNS = tuple((name, re.compile(f"(?:{pattern})$")) for name, pattern in _SUFFIXES)
# Number words with an ending that are common words of another meaning.
_NOT_NUMBERS = word_set("numbers_tr_not_numbers")


def suffix_of(key: str) -> str | None:
    """The case of an ending written after digits: ``den`` in "38den", ``er`` in "55'er"."""
    for name, pattern in _SUFFIX_PATTERNS:
        if pattern.match(key):
            return name
    return None


@lru_cache(maxsize=4096)
def _analyse(word: str, inside: bool = False) -> tuple[tuple[str, ...], str | None] | None:
    """Splits a (joined) number word into morphemes and an ending; None when it is not one.

    ``inside``: after another number word, where "birden" and "ondan" are numbers ("yirmi birden", "üç yüz ondan").
    """
    if (
        word.startswith("bina")
        or (word in _NOT_NUMBERS and not inside)
        or not word.startswith(("s", "b", "i", "u", "d", "a", "y", "o", "k", "e", "m"))
    ):
        return None
    parts: list[str] = []
    rest = word
    while rest:
        morpheme = next((m for m in _MORPHEMES if rest.startswith(m)), None)
        if morpheme is None:
            break
        parts.append("dort" if morpheme == "dord" else morpheme)
        rest = rest[len(morpheme) :]
    if not parts:
        return None
    if not rest:
        return tuple(parts), None
    for name, pattern in _SUFFIX_PATTERNS:
        if pattern.match(rest):
            if inside and name == "abl":
                return tuple(parts), name
            if parts == ["bir"] and name not in ("dist", "ord"):
                return None
            if parts == ["on"] and name != "lik" and name != "ord" and name != "dist":
                return None
            return tuple(parts), name
    return None


def is_number_word(key: str) -> bool:
    return _analyse(key) is not None or key in ("yarim", "ceyrek")


def read(keys: Sequence[str], start: int) -> SpokenNumber | None:
    """The longest number in Turkish words that starts at ``start``."""
    if start >= len(keys):
        return None
    if keys[start] in ("yarim", "ceyrek"):
        return SpokenNumber(Decimal("0.5" if keys[start] == "yarim" else "0.25"), start + 1)
    sequence: list[str] = []
    suffix: str | None = None
    index = start
    while index < len(keys) and suffix is None:
        analysed = _analyse(keys[index], bool(sequence))
        if analysed is None or not _may_follow(sequence, list(analysed[0])):
            break
        following = keys[index + 1] if index + 1 < len(keys) else ""
        if sequence and keys[index] == "bir" and following in ("de", "da"):
            break  # "elli bir de sekiz tane": 50, then "bir de" opens what comes next
        if following.startswith("yuz") and _is_digit_after_ten(sequence, analysed[0]):
            break  # "elli beş yüz" is 50 then 500
        sequence += analysed[0]
        suffix = analysed[1]
        index += 1
    if not sequence or sequence[0] == "bucuk":
        return None
    value = _value(sequence)
    colloquial = None
    if sequence[-2:-1] == ["bin"] and _VALUES.get(sequence[-1], 99) < 10:
        colloquial = value - _VALUES[sequence[-1]] + _VALUES[sequence[-1]] * 100
    return SpokenNumber(value, index, colloquial, suffix)


def _is_digit_after_ten(sequence: list[str], parts: tuple[str, ...]) -> bool:
    return bool(sequence) and 10 <= _VALUES.get(sequence[-1], 0) < 100 and 2 <= _VALUES.get(parts[0], 0) <= 9


def _may_follow(before: list[str], parts: list[str]) -> bool:
    """Whether number morphemes continue a number ("yirmi altı") or start another ("altı yirmi" is 6 then 20)."""
    joined = before[:]
    for part in parts:
        if not joined:
            joined.append(part)
            continue
        last, new = joined[-1], _VALUES.get(part)
        if part == "bucuk":
            if "bucuk" in joined:
                return False
        elif last == "bucuk":
            if part not in ("bin", "milyon"):
                return False
        elif part == "bin":
            if "bin" in joined:
                return False
        elif part == "yuz":
            if last != "bin" and not (
                2 <= _VALUES[last] <= 9 and _VALUES.get(joined[-2] if joined[1:] else "bin") == 1000
            ):
                return False
        elif part == "milyon":
            return False
        else:
            smallest = _VALUES[last]
            if new is None or new == 0 or smallest < 10 or (new >= smallest) or (new >= 10 and smallest < 100):
                return False
        joined.append(part)
    return True


def _value(sequence: list[str]) -> Decimal:
    total, current = Decimal(0), Decimal(0)
    for part in sequence:
        if part == "bucuk":
            current += Decimal("0.5")
        elif part == "yuz":
            current = (current or Decimal(1)) * 100
        elif part in ("bin", "milyon"):
            total += (current or 1) * _VALUES[part]
            current = Decimal(0)
        else:
            current += _VALUES[part]
    return total + current
