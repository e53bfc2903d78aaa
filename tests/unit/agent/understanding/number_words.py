"""Whole numbers in French and Turkish words, as a transcript writes them."""

from __future__ import annotations

_UNITS = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante"}


def french(number: int) -> str:
    """The number in French words."""
    if number < 17:
        return _UNITS[number]
    if number < 20:
        return f"dix-{_UNITS[number - 10]}"
    if number < 100:
        base = 60 if 70 <= number < 80 else 80 if number >= 80 else number // 10 * 10
        word, rest = ("quatre-vingt" if base == 80 else _TENS[base]), number - base
        if rest == 0:
            return "quatre-vingts" if base == 80 else word
        joint = " et " if rest in (1, 11) and base != 80 else "-"
        return f"{word}{joint}{french(rest)}"
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        head = "cent" if hundreds == 1 else f"{_UNITS[hundreds]} cent" + ("s" if rest == 0 else "")
        return head if rest == 0 else f"{head} {french(rest)}"
    thousands, rest = divmod(number, 1000)
    head = (
        "mille"
        if thousands == 1
        else f"{french(thousands).removesuffix('s') if thousands == 80 else french(thousands)} mille"
    )
    return head if rest == 0 else f"{head} {french(rest)}"


_BIRLER = " bir iki üç dört beş altı yedi sekiz dokuz".split(" ")
_ONLAR = " on yirmi otuz kırk elli altmış yetmiş seksen doksan".split(" ")


def turkish(number: int) -> str:
    """The number in Turkish words."""
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, units = divmod(rest, 10)
    parts = [
        "" if not thousands else "bin" if thousands == 1 else f"{turkish(thousands)} bin",
        "" if not hundreds else "yüz" if hundreds == 1 else f"{_BIRLER[hundreds]} yüz",
        _ONLAR[tens],
        _BIRLER[units],
    ]
    return " ".join(part for part in parts if part) or "sıfır"
