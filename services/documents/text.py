"""What is done to a text before it is compared (folded) or printed (cleaned)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

# Turkish letters that Unicode does not decompose to the ASCII letter people type instead (UX-90).
_UNDECOMPOSED = str.maketrans(
    {"ı": "i", "İ": "i", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "œ": "oe", "Œ": "oe", "’": "'"}
)
# Cc controls, Cf zero-width and bidi marks, Cs lone surrogates, Co private use, Cn unassigned: nothing a reader sees.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_REPLACED = {"‐": "-", "‑": "-", "‒": "–", "―": "—", "′": "’", "″": "”", "⁄": "/", "−": "-", "¼": "1/4", "¾": "3/4"}


def fold(text: str) -> str:
    """Lower case without accents nor Turkish letters, one space between words: « Isı Pompası » → « isi pompasi »."""
    bare = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", bare.casefold()).strip()


def clean(text: str, glyphs: Container[int] | None = None) -> str:
    """A text that can be printed: composed (NFC), without invisible characters; newlines stay, tabs become spaces.

    With ``glyphs`` (the code points the font draws), a character it lacks is replaced by its nearest plain form, or
    dropped: an undrawn glyph is an empty box on paper and breaks PDF/A (pdf_lab §5).
    """
    composed = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    for char in composed:
        if char == "\n":
            kept.append(char)
        elif char in "\t\r\x0b\x0c":
            kept.append(" ")
        elif unicodedata.category(char) not in _INVISIBLE:
            kept.append(char if glyphs is None or ord(char) in glyphs else _plain_form(char, glyphs))
    return re.sub(r"[ ]{2,}", " ", "".join(kept)).strip()


def _plain_form(char: str, glyphs: Container[int]) -> str:
    """The nearest drawable form: marks are dropped from the last on (ễ → ê), ligatures are spelled out (ﬁ → fi)."""
    parts = _REPLACED.get(char) or unicodedata.normalize("NFKD", char)
    while unicodedata.combining(parts[-1]):
        parts = parts[:-1]
        if not parts:
            return ""
        composed = unicodedata.normalize("NFC", parts)
        if all(ord(part) in glyphs for part in composed):
            return composed
    return "".join(part for part in parts if ord(part) in glyphs)
