"""How a French name sounds, so that "vo" finds Vaulx and "marten" Martin: a Turkish recogniser writes what it hears."""

from __future__ import annotations

import re

from agent.understanding.grammar.folding import fold

_SOUNDS = tuple(
    (re.compile(pattern), heard)
    for pattern, heard in (
        (r"aul[xt]s?$", "o"), (r"e?aux?", "o"), (r"ou", "u"), (r"oi", "ua"), (r"ph", "f"), (r"qu", "k"), (r"ch|sh", "s"),
        (r"gn", "ny"), (r"ill", "y"), (r"ai|ei|ey(?=$)", "e"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"g(?=[eiy])", "j"),
        (r"y", "i"), (r"[ae][nm](?![aeiou])", "an"), (r"[ie]+n$", "en"), (r"h", ""), (r"oe", "o"),
        (r"(?<=..)(?:er|ez|et)$", "e"), (r"(?<=[aeiou])[xstdzp]+$", ""), (r"(?<=..)(?:es?)$", ""), (r"(.)\1", r"\1"),
    )
)  # fmt: skip


def sound(word: str) -> str:
    """A rough phonetic key of a word."""
    key = fold(word)
    for pattern, heard in _SOUNDS:
        key = pattern.sub(heard, key)
    return key
