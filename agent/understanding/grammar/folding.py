"""Folding: the spelling under which words are compared (no case, no accents, no Turkish letters: UX-90)."""

from __future__ import annotations

import re
import unicodedata

_PAIRS = {
    "İ": "i", "I": "i", "ı": "i", "ş": "s", "Ş": "s", "ğ": "g", "Ğ": "g", "ç": "c", "Ç": "c", "ö": "o", "Ö": "o",
    "ü": "u", "Ü": "u", "é": "e", "è": "e", "ê": "e", "ë": "e", "à": "a", "â": "a", "î": "i", "ï": "i", "ô": "o",
    "ù": "u", "û": "u", "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "’": "'", "‘": "'", "`": "'", "´": "'",
    "ʼ": "'", "×": "x", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip
_TABLE = str.maketrans(_PAIRS)


def fold(text: str) -> str:
    """Lower case without diacritics; Turkish dotted and dotless i are the same letter. Length may change."""
    text = text.translate(_TABLE)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text.lower()


def whole_words(said: str) -> re.Pattern[str]:
    """A regular expression over folded text that matches ``said`` only where words begin and end."""
    return re.compile(rf"(?<![a-z0-9'])(?:{said})(?![a-z0-9])")
