"""Between WhatsApp's markup, which the house writes, and CommonMark, which Chatwoot reads (chatwoot.md §4.3).

Chatwoot parses what it is given and renders it again for WhatsApp. Only bold and italics are said in CommonMark; every
other character that could mean something is escaped, so that words, names and lists arrive as they were written.
"""

from __future__ import annotations

import re

EMPTY_LINE = "\u00a0"
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])")
_ITALIC = re.compile(r"(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])")
_SPECIAL = re.compile(r"[\\`*_<>\[\]#&|~]")
_LIST_MARK = re.compile(r"^(\s*)([-+]|\d{1,9}[.)])(?=\s|$)|^(\s*)(=+|-{2,})(?=\s*$)")
_DEEP = re.compile(r"^[ \t]{4,}")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")


def to_commonmark(text: str) -> str:
    """WhatsApp's ``*bold*`` and ``_italic_`` as CommonMark; everything else is literal.

    An empty line would end a paragraph, and Chatwoot's renderer puts nothing between paragraphs: a no-break space keeps it.
    """
    return "\n".join(_line(line) if line.strip() else EMPTY_LINE for line in text.split("\n"))


def from_commonmark(text: str) -> str:
    """What a phone shows of CommonMark that ``to_commonmark`` wrote, or that a person typed in Chatwoot's editor."""
    strong = _STRONG.sub(lambda found: f"*{found[1]}*", text)
    plain = _ESCAPED.sub(r"\1", strong)
    return "\n".join("" if line == EMPTY_LINE else line for line in plain.split("\n"))


def _line(line: str) -> str:
    line, out, at = _DEEP.sub("   ", line), [], 0  # four blanks would begin a block of code
    for start, end, mark, words in _spans(line):
        out += [_escaped(line[at:start]), mark, _escaped(words), mark]
        at = end
    out.append(_escaped(line[at:]))
    return _list_mark("".join(out))


def _spans(line: str) -> list[tuple[int, int, str, str]]:
    """Bold and italic parts of a line, in order, none inside another."""
    found = [(m.start(), m.end(), "**", m[1]) for m in _BOLD.finditer(line)]
    bold = [(start, end) for start, end, _, _ in found]
    found += [
        (m.start(), m.end(), "_", m[1])
        for m in _ITALIC.finditer(line)
        if all(m.end() <= start or end <= m.start() for start, end in bold)
    ]
    return sorted(found)


def _escaped(words: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", words)


def _list_mark(line: str) -> str:
    """A line that would begin a list or underline a heading says its mark literally."""

    def literal(found: re.Match[str]) -> str:
        indent, mark = (found[1], found[2]) if found[2] else (found[3], found[4])
        at = len(mark) - 1 if mark[0].isdigit() else 0
        return f"{indent}{mark[:at]}\\{mark[at:]}"

    return _LIST_MARK.sub(literal, line)
