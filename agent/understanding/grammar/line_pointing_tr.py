"""Which line of the draft Turkish words point at, with their case endings ("parkeyi", "duş teknesinin", "prizlere")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.line_matching import same_word
from services.documents.word_forms import turkish_stems
from tools.commands import LineView


def named_line(words: Sequence[Item], lines: Sequence[LineView]) -> tuple[LineView | None, str | None, list[Item]]:
    """The one line that the words name, those words in the nominative, and the words that name nothing.

    No line when none fits; no line but a match when several do, so that the tool asks which one.
    """
    fits = [fit for line in lines if (fit := _fit(words, line)).hits]
    if not fits:
        return None, None, list(words)
    top = max(fit.score for fit in fits)
    best = [fit for fit in fits if fit.score == top]
    if len(best) > 1:
        best = [fit for fit in best if fit.whole] if sum(fit.whole for fit in best) == 1 else best
    unknown = [item for item in words if item not in best[0].hits]
    return best[0].line if len(best) == 1 else None, best[0].match, unknown


@dataclass(frozen=True)
class _Fit:
    """How words fit a line: those that hit, how many are its own words, and whether they are all of its words."""

    line: LineView
    hits: list[Item]
    score: tuple[int, int]
    whole: bool
    match: str


def _fit(words: Sequence[Item], line: LineView) -> _Fit:
    tokens = _tokens(f"{line.description} {line.said or ''}")
    pairs = [(item, token) for item in words if (token := _hit(item, tokens)) is not None]
    own = sum(nominative(item.key, token) for item, token in pairs)
    named = {token for _, token in pairs}
    whole = any(named >= set(_tokens(text)) for text in (line.description, line.said) if text)
    match = " ".join(_said(item, token) for item, token in pairs)
    return _Fit(line, [item for item, _ in pairs], (len(pairs), own), whole, match)


def _hit(item: Item, tokens: Sequence[str]) -> str | None:
    for token in tokens:
        if item.key == token or nominative(item.key, token):
            return token
    return next((token for token in tokens if same_word(item.key, token)), None)


def _said(item: Item, token: str) -> str:
    """The word as said, without the ending that the line does not carry."""
    text = re.split(r"['’]", item.text)[0]
    return text[: len(token)] if fold(text[: len(token)]) == token else text


def _tokens(text: str) -> list[str]:
    return [token for token in re.split(r"[^a-z0-9²³]+", fold(text)) if len(token) > 1]


def nominative(word: str, token: str) -> bool:
    """Whether both are one word with Turkish endings, or without ("süpürgeliği" and "süpürgelik")."""
    return word == token or not set(turkish_stems(word)).isdisjoint(turkish_stems(token))
