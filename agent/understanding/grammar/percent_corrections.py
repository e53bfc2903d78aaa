"""Corrections of percentages inside a sentence: "10 % de TVA pas 20", "20 % non 10 % d'acompte"."""

from __future__ import annotations

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.session import Session

_NOT = (("pas",), ("et", "pas"), ("et", "non"), ("plutot", "que"), ("au", "lieu", "de"), ("a", "la", "place", "de"))
_RATHER = (
    ("non",),
    ("pardon",),
    ("mais",),
    ("plutot",),
    ("non", "plutot"),
    ("enfin", "non"),
    ("euh", "non"),
    ("non", "pardon"),
)
_NEAR = 5


def resolve(session: Session) -> None:
    """The percentage that is denied, or taken back, is explained and means nothing more."""
    if session.language != "fr":
        return
    items = session.items
    for index, item in enumerate(items):
        if item.kind != "percent" or item.claimed is not None:
            continue
        last = session.clause(index)[1]
        for place in range(index + 1, min(last, index + _NEAR)):
            denied = next((n for n in _NOT if _keys(items[place : place + len(n)]) == n), None)
            end = place + len(denied) if denied else last
            if denied is None or end >= last or not _percentage(items[end], item):
                continue
            session.claim(place, end + 1, "corrected")
            break
        else:
            _taken_back(session, index, last)


def _taken_back(session: Session, index: int, last: int) -> None:
    items = session.items
    later = next((i for i in range(index + 1, min(last, index + _NEAR)) if items[i].kind == "percent"), None)
    if later is None or items[later].claimed is not None:
        return
    between = tuple(i.key for i in items[index + 1 : later] if i.key not in (",", "c", "est"))
    denied = index > 0 and items[index - 1].key == "pas"
    if between in _RATHER or (denied and not between):
        items[index].replaces, items[index].value = items[index].value, items[later].value
        session.claim(index + 1, later + 1, "corrected")
        if denied:
            session.claim(index - 1, index, "corrected")


def _percentage(item: Item, kept: Item) -> bool:
    """A bare number or another percentage."""
    bare = item.kind == "percent" or (item.kind == "number" and not item.marked)
    return bare and item.claimed is None and item.value is not None and item.value != kept.value


def _keys(items: list[Item]) -> tuple[str, ...]:
    return tuple(item.key for item in items)
