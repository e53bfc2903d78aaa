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
    "o": "#o ", "z": "#z ", "d": "#d ", "y": "#y ", "e": "#e ", "f": "#f ",
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
        self.anchors: frozenset[str] = frozenset()
        self.choices: tuple[frozenset[str], ...] = ()  # of each set, one word must be there
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
        self.anchors = frozenset(starred)
        self.choices = _choices(text)
        return out

    def possible(self, line: KeyLine) -> bool:
        """Whether the words that the phrase cannot do without are in the message: cheaper than looking for the phrase."""
        return self.anchors <= line.words and not any(line.words.isdisjoint(choice) for choice in self.choices)

    def finditer(self, line: KeyLine) -> Iterator[Match]:
        if not self.possible(line):
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
        self.words = frozenset(item.key for item in items)

    def index(self, character: int) -> int:
        """The item that starts at this character."""
        return self._starts[character]


def _choices(text: str) -> tuple[frozenset[str], ...]:
    """The first words of each mandatory group of plain alternatives."""
    out: list[frozenset[str]] = []
    depth, words, plain, opening = 0, set[str](), True, False
    for piece in _PIECE.finditer(text):
        said = piece.group()
        if said in "([":
            depth += 1
            if depth == 1:
                words, plain, opening = set(), said == "(", True
            elif opening:
                plain = False
        elif said in ")]":
            depth -= 1
            if depth == 0 and plain and words:
                out.append(frozenset(words))
        elif said == "|":
            opening = depth == 1 or opening
        elif depth == 1 and opening:
            first = fold(said).replace("'", " ").replace("-", " ").split()[:1]
            if piece.group(1) or said in ("..", "^", "$") or not first or first[0].endswith("*"):
                plain = False
            else:
                words.add(first[0])
            opening = False
    return tuple(out)
