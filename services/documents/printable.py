"""What the document's font can draw: texts are reduced to it before they go to paper and into the electronic invoice."""

from __future__ import annotations

import unicodedata
from functools import cache

from fontTools.ttLib import TTFont

from prompts.documents.loading import FONT_FILES
from services.documents.amounts import NARROW_SPACE, NO_BREAK_SPACE
from services.documents.system_fonts import can_draw
from services.documents.text import clean


def printable(text: str) -> str:
    """A text the font can draw; a name written wholly in another script is kept where a system font draws it."""
    if drawn := clean(text, _glyphs()):
        return drawn
    written = clean("".join(char for char in text if _is_written(char)))
    return written if can_draw(written) else ""


def plain_text(text: str) -> str:
    """The same for the electronic invoice: printable, with ordinary spaces instead of the typographic ones."""
    return printable(text.replace(NARROW_SPACE, " ").replace(NO_BREAK_SPACE, " "))


def _is_written(char: str) -> bool:
    """Letters, marks, digits and spaces: an emoji or a sign that no font may have is not a name."""
    return unicodedata.category(char)[0] in "LMNZ"


@cache
def _glyphs() -> frozenset[int]:
    """The code points that every face draws."""
    maps = [set(TTFont(file).getBestCmap()) for file in FONT_FILES]
    return frozenset(set.intersection(*maps))
