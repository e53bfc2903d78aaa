"""Turkish words about the building, whatever their order: "bina kırk senelik bir apartman dairesi", "1930'dan kalma ev"."""

from __future__ import annotations

from datetime import date
from typing import Any

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session

_BUILDINGS = word_set("site_buildings")
_BUILT = word_set("site_built")
_AROUND = word_set("site_around")
_OLDEST = 1600


def read(session: Session) -> None:
    """Age or year beside a building, or as the answer about VAT; then dwelling or business by its name."""
    if session.language != "tr":
        return
    index = 0
    while index < len(session.items):
        last = max(session.clause(index)[1], index)
        _read(session, index, last)
        index = last + 1


def _read(session: Session, first: int, last: int) -> None:
    items = session.items
    asked = session.context.awaiting == "slot:vat"
    named = [i for i in range(first, last) if _is_building(session, items[i]) and items[i].claimed is None]
    dated = [i for i in range(first, last) if items[i].claimed is None and _dated(session, i)]
    new = next((i for i in named if _is_new(session, i)), None)
    if new is not None:
        year = {"completed_year": items[dated[0]].whole} if dated and items[dated[0]].kind != "age" else {}
        session.claim(first, last, "set_site")
        session.emit("set_site", {"premises": "new_build", **year}, first, last)
        return
    if len(dated) > 1 or not (asked or (named and dated)) or not (named or dated):
        return
    args: dict[str, Any] = {}
    for index in dated:
        args["age_years" if items[index].kind == "age" else "completed_year"] = items[index].whole
    kinds = {kind for i in named if (kind := _kind(session, i, last))}
    if len(kinds) == 1:
        args["premises"] = kinds.pop()
    if not args or (not dated and not _nothing_else(session, first, last)):
        return
    begin, end = min([*named, *dated]), max([*named, *dated]) + 1
    while begin > first and items[begin - 1].claimed is None and items[begin - 1].key in _AROUND:
        begin -= 1
    while end < last and items[end].claimed is None and items[end].key in _AROUND | _BUILT:
        end += 1
    between = [i for i in items[begin:end] if i.claimed is None]
    if any(i.numeric and (i.value or 0) >= 100 for i in between if not any(i is items[d] for d in dated)):
        return
    session.claim(begin, end, "set_site")
    session.emit("set_site", args, begin, end)


def _is_new(session: Session, index: int) -> bool:
    """ "sıfır bina", "yeni inşaat"; a new kitchen in an old house is none."""
    before = session.items[index - 1] if index else None
    zero = before is not None and before.kind == "number" and before.value == 0 and before.spelled
    asked = session.context.awaiting == "slot:vat"
    return before is not None and before.claimed is None and (zero or (asked and before.key == "yeni"))


def _is_building(session: Session, item: Item) -> bool:
    words = session.lexicon.words
    return item.kind == "word" and (
        item.key in _BUILDINGS or item.key in words["dwellings"] or item.key in words["shops"]
    )


def _dated(session: Session, index: int) -> bool:
    """An age ("40 senelik"), or a year marked as one ("1930'dan kalma", "1985 yapımı")."""
    item = session.items[index]
    if item.kind == "age":
        return item.value is not None
    today = session.context.today or date.today()
    if item.kind not in ("number", "money") or not _OLDEST <= item.whole <= today.year + 3:
        return False
    following = session.items[index + 1] if index + 1 < len(session.items) else None
    before = session.items[index - 1] if index else None
    before = None if before is not None and before.key in _BUILT else before  # "1970'lerden kalma 1974"
    apart = (following is None or following.separator) and (before is None or before.separator)
    asked = session.context.awaiting == "slot:vat" and item.kind == "number"
    return (following is not None and following.key in _BUILT) or (asked and apart)


def _kind(session: Session, index: int, last: int) -> str | None:
    """What the building is used for; "konut değil" says nothing."""
    key = session.items[index].key
    denied = any(i.key == "degil" for i in session.items[index + 1 : min(last, index + 3)])
    if denied:
        return None
    if key in session.lexicon.words["shops"]:
        return "business"
    return "dwelling" if key in session.lexicon.words["dwellings"] and key != "apartman" else None


def _nothing_else(session: Session, first: int, last: int) -> bool:
    """Whether the clause holds nothing but the building: a line of works may name a room or a house, too."""
    return not any(i.numeric or i.kind == "percent" for i in session.items[first:last] if i.claimed is None)
