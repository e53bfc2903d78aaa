"""Phrase rules: a small notation over the line of item keys, compiled once.

``qui [me] (doit|doivent)``: words, optional parts, alternatives; ``word*`` any ending; ``..`` up to four words;
``<n>`` a number, ``<m>`` an amount (number or money), ``<p>`` percent, ``<q>`` quantity, ``<r>`` reference or number,
``<t>`` date, ``<who>`` one to four words; ``^``/``$`` the start or end of a clause. A slot may be named: ``<n:line>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item

_SLOTS = {
    "n": "#n ", "m": "#[nm] ", "p": "#p ", "q": "#q ", "r": "#[rn] ", "t": "#t ",
    "o": "#o ", "d": "#d ", "y": "#y ", "e": "#e ", "f": "#f ",
    "s": "#s ", "a": "#[nmq] ", "pm": "#[pmn] ", "w": r"[^ #,.;:?!\n]+ ",
    "who": r"(?:[^ #,.;:?!\n]+ ){1,4}?", "rest": r"(?:[^ \n]+ )*",
}  # fmt: skip
_PIECE = re.compile(r"<(\w+)(?::(\w+))?>|\.\.|[\[\]()|^$]|[^\s\[\]()|<^$]+")
_CLAUSE_START = r"(?:(?<=^ )|(?<= [\n.;?!:,] )|(?<=^))"


@dataclass(slots=True)
class Match:
    """A phrase found: item indexes ``[first, last)`` and the item ranges of its slots."""

    first: int
    last: int
    slots: dict[str, tuple[int, int]]


class Pattern:
    """One compiled phrase."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.anchors: list[str] = []
        self._regex = re.compile(self._compile(text))

    def _compile(self, text: str) -> str:
        out, depth, counts = "(?<= )", 0, {}  # type: ignore[var-annotated]
        starred: list[str] = []
        for piece in _PIECE.finditer(text):
            said, slot = piece.group(), piece.group(1)
            if slot:
                name = piece.group(2) or slot
                counts[name] = counts.get(name, 0) + 1
                name = name if counts[name] == 1 else f"{name}{counts[name]}"
                out += f"(?P<{name}>{_SLOTS[slot]})"
            elif said == "..":
                out += r"(?:[^ \n.;?!]+ ){0,4}?"
            elif said == "[":
                out, depth = out + "(?:", depth + 1
            elif said == "]":
                out, depth = out + ")?", depth - 1
            elif said == "(":
                out, depth = out + "(?:", depth + 1
            elif said == ")":
                out, depth = out + ")", depth - 1
            elif said == "|":
                out += "|"
            elif said == "^":
                out = _CLAUSE_START + out
            elif said == "$":
                out += r"(?=[\n.;?!,:]|$)"
            else:
                for word in fold(said).replace("'", " ").replace("-", " ").split():
                    if word.endswith("*"):
                        out += re.escape(word[:-1]) + r"[^ ]* "
                    else:
                        out += re.escape(word) + " "
                        if depth == 0:
                            starred.append(word)
        self.anchors = starred
        return out

    def finditer(self, line: KeyLine) -> Iterator[Match]:
        if self.anchors and not line.has_all(self.anchors):
            return
        for match in self._regex.finditer(line.text):
            if match.end() == match.start():
                continue
            slots = {
                name: (line.index(match.start(name)), line.index(match.end(name)))
                for name, value in match.groupdict().items()
                if value
            }
            yield Match(line.index(match.start()), line.index(match.end()), slots)


class KeyLine:
    """The keys of all items on one line, with a way back from a character to an item."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._starts: dict[int, int] = {}
        position = 1
        parts = [" "]
        for index, item in enumerate(items):
            self._starts[position] = index
            parts.append(item.key + " ")
            position += len(item.key) + 1
        self._starts[position] = len(items)
        self.text = "".join(parts)
        self._words = {item.key for item in items}

    def index(self, character: int) -> int:
        """The item that starts at this character."""
        return self._starts[character]

    def has_all(self, words: list[str]) -> bool:
        return all(word in self._words for word in words)
