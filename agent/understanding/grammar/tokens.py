"""The tokeniser: words, numbers and marks with their offsets in the text.

Joined forms come apart (``85m2`` → ``85`` ``m2``, ``38den`` → ``38`` ``den``, ``Garnier'ye`` → ``Garnier`` ``'ye``,
``chauffe-eau`` → ``chauffe`` ``eau``, ``12h38 €`` → twelve hours at 38 €: recognisers write them as a time of day);
``glued`` keeps that no space stood before a token. A newline is a message
boundary (UX-09). Spans given by the caller (e-mails, phone numbers…) become one token each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.lexicon import word_set

_TOKEN = re.compile(
    r"(?P<newline>[ \t]*\n\s*)|(?P<mark_x>(?<=\d)[xX×*](?=\d))|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<hours>(?:(?<=\d)|(?<=\d ))[hH](?=\d+(?:[.,]\d+)?\s*(?:€|[eE][uU][rR])))"
    r"|(?P<word>[^\W\d_]+(?:\d+[^\W_]*)?)|(?P<mark>[^\s])"
)
_ELISIONS = word_set("tokens_elisions")
_APOSTROPHES = "'’‘`´ʼ"


@dataclass(slots=True)
class Span:
    """A piece of text recognised before tokenising; ``value`` is its canonical form."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(slots=True)
class Token:
    """One token. ``kind``: word, number, mark, newline, suffix (Turkish ending) or a span's kind."""

    kind: str
    text: str
    key: str
    start: int
    end: int
    glued: bool = False
    value: str | None = None


def tokenise(text: str, spans: Sequence[Span] = ()) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    for span in sorted(spans, key=lambda s: s.start):
        if span.start < position:
            continue
        _scan(text, position, span.start, tokens)
        tokens.append(Token(span.kind, text[span.start : span.end], "", span.start, span.end, False, span.value))
        position = span.end
    _scan(text, position, len(text), tokens)
    return _join_apostrophes(tokens)


def _scan(text: str, start: int, end: int, out: list[Token]) -> None:
    last_end = start if start else -1
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastgroup or "mark"
        said = match.group()
        begin = match.start()
        if kind == "newline":
            begin, said, key = match.start(), "\n", "\n"
        else:
            key = "x" if kind == "mark_x" else fold(said)
            kind = "word" if kind in ("mark_x", "hours") else kind
        out.append(Token(kind, said, key, begin, match.end(), begin == last_end))
        last_end = match.end()


def _join_apostrophes(tokens: list[Token]) -> list[Token]:
    """``l'`` stays with its ``l``; after another word or a number the apostrophe opens a Turkish ending."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.kind == "mark" and token.text in _APOSTROPHES and out and token.glued:
            before = out[-1]
            if before.kind == "word" and before.key in _ELISIONS:
                before.text, before.end = before.text + "'", token.end
                index += 1
                continue
            if (
                following
                and following.kind == "word"
                and following.glued
                and (before.kind not in ("mark", "newline") or before.text in "€%")
            ):
                ending = Token("suffix", token.text + following.text, following.key, token.start, following.end, True)
                out.append(ending)
                index += 2
                continue
        joins = following is not None and following.glued and following.kind in ("word", "number")
        hyphen = token.kind == "mark" and token.text in "-‑" and token.glued
        if hyphen and joins and following is not None and out and out[-1].kind == "word":
            following.glued = False
            index += 1
            continue
        out.append(token)
        index += 1
    return out
