"""Turkish second thoughts over a percentage or a value: "yüzde kırk diyelim yok otuz olsun", "70 yap yok yok 75 yap"."""

from __future__ import annotations

from itertools import pairwise

from agent.understanding.grammar.corrections import names_a_line
from agent.understanding.grammar.folding import fold
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
        if _was(one, other, between, session):
            other.replaces = one.value
            session.claim(first, second, "corrected")
            continue
        taken_back = bool(_TAKES_BACK & set(between)) and set(between) <= _BETWEEN and second - first <= _FARTHEST
        if not taken_back or one.claimed is not None or not _alike(one, other, between):
            continue
        one.value = other.value
        if other.kind == "percent":
            one.kind, one.key = "percent", CODES["percent"]
        session.claim(first + 1, second + 1, "corrected")


def _was(one: Item, other: Item, between: list[str], session: Session) -> bool:
    """ "tavan 32 metrekareydi, 36 olmuş": the first number is what the line carries now."""
    past = fold(one.text).endswith(("ydi", "tti", "idi")) or between[:1] == ["idi"]
    near = set(between) <= _BETWEEN | {"idi", "simdi", "sonra"} and other.numeric
    return past and near and session.has_lines() and one.kind in ("number", "quantity", "money")


def _alike(one: Item, other: Item, between: list[str]) -> bool:
    """A share taken back for a share; plain numbers only over a verb ("70 yap yok 75"): others are corrections proper."""
    if one.kind == "percent":
        return other.kind == "percent" or (other.kind == "number" and other.unit is None)
    verbs = {"yap", "olsun", "koy", "yaz", "diyelim", "de", "yapalim"}
    return one.unit == other.unit and one.kind in ("number", "money") and bool(verbs & set(between)) and other.numeric


def name(session: Session) -> None:
    """ "ramazan usta ya da yok mösyö morel", "klein değil müller": asked for the client, only the name that stands is read."""
    items = session.items
    asked = session.language == "tr" and session.context.awaiting == "slot:client.name"
    if not asked or any(i.kind not in ("word", "mark") for i in items):
        return
    turn = max((i for i, item in enumerate(items) if item.key in _TAKES_BACK), default=-1)
    if turn <= 0:
        return
    after = [i for i in items[turn + 1 :] if i.kind == "word" and i.key not in _BETWEEN]
    if after:
        session.claim(0, turn + 1, "corrected")
    elif items[turn].key == "degil":
        comma = max((i for i in range(turn) if items[i].key == ","), default=turn)
        session.claim(comma, len(items), "corrected")
