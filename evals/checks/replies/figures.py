"""Numbers are written the French way in both languages: 1 250,50 € (ux.md), never 1.250,50 or 12.5."""

from __future__ import annotations

import re

from evals.checks.reading import folded
from evals.checks.replies.talk import Reply

_SPACE = "[ \u00a0\u202f]"
_DOTTED = re.compile(r"(?<![\w.,/])\d+\.\d+(?:,\d+)?(?![\w./])")
_EUROS = re.compile(rf"(?<![\w.,])(\d[\d.,\u00a0\u202f ]*?)({_SPACE}?)(?:€|EUR\b)")
_WELL_WRITTEN = re.compile(rf"\d{{1,3}}(?:{_SPACE}\d{{3}})*(?:,\d{{2,6}})?")
_SIGN_FIRST = re.compile(rf"(?:€|EUR\b){_SPACE}?\d")


def number_format(reply: Reply) -> str | None:
    """What the artisan said himself may come back as he wrote it."""
    said = folded("\n".join(message.text for turn in reply.trace.turns for message in turn.said))
    text = reply.own
    for found in _DOTTED.finditer(text):
        if folded(found[0]) not in said:
            return f"a point in a number: {found[0]}"
    if turned := _SIGN_FIRST.search(text):
        return f"the sign before the amount: {turned[0]}"
    for found in _EUROS.finditer(text):
        amount, space = found[1].strip(), found[2]
        last = re.split(rf"{_SPACE}(?!\d{{3}}(?:\D|$))", amount)[-1]
        if not space or not _WELL_WRITTEN.fullmatch(last):
            return f"an amount not written like 1 250,50 €: {found[0].strip()}"
    return None
