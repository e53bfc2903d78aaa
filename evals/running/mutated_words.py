"""The same words as other people send them: without accents, in capitals, as a speech recogniser writes them down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from tools.commands import Language

Change = Callable[[str, Language], str]
_PLACEHOLDER = re.compile(r"(\{[a-z][^{}\s]*\})")
_DOTLESS = str.maketrans({"ı": "i", "İ": "I", "œ": "oe", "Œ": "OE"})
_TURKISH_CAPITALS = str.maketrans({"i": "İ", "ı": "I"})

_MISHEARD: dict[Language, dict[str, str]] = {
    "fr": {
        "chauffe-eau": "chauffe haut", "chape": "échappe", "linéaire": "l'inéaire", "linéaires": "l'inéaires",
        "parpaing": "par pain", "parpaings": "par pains", "placo": "plaque eau", "ba13": "béa treize",
        "ipn": "i pe en", "ragréage": "rat gréage", "liteaux": "lit tôt", "faîtage": "fetage",
        "m2": "mètres carrés", "m²": "mètres carrés", "ml": "mètres linéaires", "m3": "mètres cubes", "€": "euros",
        "mme": "madame", "h": "heures", "tva": "tévéa",
    },
    "tr": {
        "devis": "dövi", "facture": "faktür", "fatura": "faktür", "acompte": "akont", "tva": "teveya", "kdv": "teveya",
        "carrelage": "karlaj", "karelaj": "karlaj", "enduit": "andui", "mitigeur": "mitijör", "chaudière": "şodyer",
        "gouttière": "gutyer", "échafaudage": "eşafodaj", "ragréage": "razgreaj", "placo": "plako",
        "m2": "metrekare", "m²": "metrekare", "ml": "metre", "m3": "metreküp", "€": "euro", "mme": "madam",
    },
}  # fmt: skip
"""What a recogniser makes of trade words (ux.md D), and how it writes units out."""

_UNITS_FR = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf"
).split()
_TENS_FR = [
    "",
    "dix",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "soixante",
    "quatre-vingt",
    "quatre-vingt",
]
_UNITS_TR = ["sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"]
_TENS_TR = ["", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"]
_PERCENT_BEFORE = re.compile(r"%\s*(\d{1,3})(?!\d|[.,]\d)")
_PERCENT_AFTER = re.compile(r"(?<![\d.,])(\d{1,3})\s*%")
_GLUED = re.compile(r"(?<![\w.,/+-])(\d{1,4})(m2|m²|m3|ml|h|€)(?!\w)", re.IGNORECASE)
_ALONE = re.compile(r"(?<![\w.,/+-])(?<!\d )([1-9]\d{0,3})(?![\w/-]|[.,]\d| \d)(?:['’](?=\w))?")
"""A whole number with the apostrophe of a Turkish ending; no part of a date, a size, a phone number or an amount."""
_WORD = re.compile(r"[^\W_][\w²-]*|€")


def outside_placeholders(change: Change) -> Change:
    """The change, with ``{placeholders}`` left as they are."""

    def changed(text: str, language: Language) -> str:
        pieces = _PLACEHOLDER.split(text)
        return "".join(piece if number % 2 else change(piece, language) for number, piece in enumerate(pieces))

    return changed


def without_accents(text: str, language: Language) -> str:
    """ "Çatı, Lefèvre" as "Cati, Lefevre"."""
    bare = unicodedata.normalize("NFD", text.translate(_DOTLESS))
    return unicodedata.normalize("NFC", "".join(char for char in bare if not unicodedata.combining(char)))


def in_capitals(text: str, language: Language) -> str:
    """All in capitals, dotted as the language's keyboard has them."""
    return (text.translate(_TURKISH_CAPITALS) if language == "tr" else text).upper()


def as_recognised(text: str, language: Language) -> str:
    """As a recogniser writes speech down: numbers and units in words, trade words misheard, no capitals, no punctuation.

    Amounts with decimals, dates and long numbers keep their digits, as recognisers leave them.
    """
    spoken = _GLUED.sub(r"\1 \2", text)
    if language == "fr":
        spoken = _PERCENT_AFTER.sub(lambda found: f"{in_words(int(found[1]), 'fr')} pour cent", spoken)
    else:
        spoken = _PERCENT_BEFORE.sub(lambda found: f"yüzde {in_words(int(found[1]), 'tr')}", spoken)
    spoken = _ALONE.sub(lambda found: in_words(int(found[1]), language), spoken)
    misheard = _MISHEARD[language]
    spoken = _WORD.sub(lambda found: misheard.get(found[0].lower(), found[0]), spoken)
    spoken = re.sub(r"(?<!\d)[,;:!]|[.](?!\d)|,(?!\d)", " ", spoken)
    return re.sub(r"[^\S\n]+", " ", _lower(spoken, language)).strip()


def _lower(text: str, language: Language) -> str:
    return (text.replace("İ", "i").replace("I", "ı") if language == "tr" else text).lower()


def in_words(number: int, language: Language) -> str:
    """A whole number from 0 to 9999 in words."""
    return _french(number) if language == "fr" else _turkish(number)


def _french(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        head = "mille" if thousands == 1 else f"{_french(thousands)} mille"
        return f"{head} {_french(rest)}" if rest else head
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        head = "cent" if hundreds == 1 else f"{_french(hundreds)} cent"
        return f"{head} {_french(rest)}" if rest else head + ("s" if hundreds > 1 else "")
    if number < 20:
        return _UNITS_FR[number]
    tens, rest = divmod(number, 10)
    if tens in (7, 9):
        rest += 10
    if number == 80:
        return "quatre-vingts"
    joint = " et " if rest in (1, 11) and tens < 8 else "-"
    return f"{_TENS_FR[tens]}{joint}{_UNITS_FR[rest]}" if rest else _TENS_FR[tens]


def _turkish(number: int) -> str:
    if number < 10:
        return _UNITS_TR[number]
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, units = divmod(rest, 10)
    parts = []
    if thousands:
        parts.append("bin" if thousands == 1 else f"{_turkish(thousands)} bin")
    if hundreds:
        parts.append("yüz" if hundreds == 1 else f"{_UNITS_TR[hundreds]} yüz")
    if tens:
        parts.append(_TENS_TR[tens])
    if units:
        parts.append(_UNITS_TR[units])
    return " ".join(parts)
