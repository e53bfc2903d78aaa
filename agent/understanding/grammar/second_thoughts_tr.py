"""Turkish second thoughts over a percentage or a value: "yüzde kırk diyelim yok otuz olsun", "70 yap yok yok 75 yap"."""

from __future__ import annotations

from itertools import pairwise

from agent.understanding.grammar.corrections import names_a_line
from agent.understanding.grammar.items import CODES, Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session

_TAKES_BACK = word_set("second_thoughts_back")
_BETWEEN = word_set("second_thoughts_between") | _TAKES_BACK
_FARTHEST = 6
"""Items that may stand between the value taken back and the one that stands."""


def resolve(session: Session) -> None:
    """The later value takes the place of the first one; the words between, and the later one, are explained."""
    if session.language != "tr":
        return
    items = session.items
    valued = [
        i
        for i, item in enumerate(items)
        if item.claimed is None and (item.numeric or item.kind == "percent") and not names_a_line(session, i)
    ]
    for first, second in pairwise(valued):
        one, other = items[first], items[second]
        between = [i.key for i in items[first + 1 : second] if i.kind != "mark"]
        taken_back = bool(_TAKES_BACK & set(between)) and set(between) <= _BETWEEN and second - first <= _FARTHEST
        if not taken_back or one.claimed is not None or not _alike(one, other, between):
            continue
        one.value = other.value
        if other.kind == "percent":
            one.kind, one.key = "percent", CODES["percent"]
        session.claim(first + 1, second + 1, "corrected")


def _alike(one: Item, other: Item, between: list[str]) -> bool:
    """A share taken back for a share; plain numbers only over a verb ("70 yap yok 75"): others are corrections proper."""
    if one.kind == "percent":
        return other.kind == "percent" or (other.kind == "number" and other.unit is None)
    verbs = {"yap", "olsun", "koy", "yaz", "diyelim", "de", "yapalim"}
    return one.unit == other.unit and one.kind in ("number", "money") and bool(verbs & set(between)) and other.numeric
