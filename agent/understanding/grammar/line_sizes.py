"""Bare numbers that are the size of the thing just named: "porte 83 à galandage 690", "évier 120 lui coûte 240"."""

from __future__ import annotations

from decimal import Decimal

from agent.understanding.grammar.items import CODES, Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session, is_trade

_GOES_ON = frozenset("a lui qui il elle".split())
_BEFORE, _AFTER = word_set("line_sizes_before"), word_set("line_sizes_after")
_GLASS = frozenset("vitrage vitrages verre verres vitre vitres feuillete feuilletes stadip carreau vitree".split())
_NEAR = 4
"""Words back to the glass that a build-up belongs to."""
_LAMINATED, _FOILS, _GAP = frozenset([33, 44, 55, 66]), 8, 24
_LEAST_SIZE = 40
_LEAST_PRICE = 50
"""A single thing of this price (EUR) or more, named in the singular, is not bought by dozens: "volet 160 à 320"."""


def mark(session: Session) -> None:
    """Makes such numbers part of the designation."""
    items = session.items
    for index, item in enumerate(items):
        if item.kind != "number" or item.claimed is not None or item.marked or item.value is None or index == 0:
            continue
        following = items[index + 1].key if index + 1 < len(items) else ""
        if following in _AFTER or items[index - 1].key in _BEFORE:
            item.kind, item.key = "dimension", CODES["dimension"]  # "1,80 yükseklik", "hauteur 1,80"
            continue
        if _panes(session, index):
            continue
        noun, after = items[index - 1], items[index + 1] if index + 1 < len(items) else None
        if after is None or not _names(session, noun):
            continue
        if _more_sizes(session, index):
            continue
        if after.kind == "dimension" and item.value >= _LEAST_SIZE:
            item.kind, item.key = "dimension", CODES["dimension"]  # "laine de bois 120 R 3,15"
            continue
        if _goes_on(session, index) or _single(session, noun, item, after):
            item.kind, item.key, item.facts["sized"] = "dimension", CODES["dimension"], "yes"


def _more_sizes(session: Session, index: int) -> bool:
    """ "velux soixante-dix-huit quatre-vingt-dix-huit six cent quarante": two sizes said one after the other, then a price."""
    three = session.items[index : index + 3]
    plain = len(three) == 3 and all(i.kind == "number" and i.claimed is None and i.spelled for i in three)
    if not plain or any(i.value is None or not _LEAST_SIZE <= i.value < 300 for i in three[:2]):
        return False
    for item in three[:2]:
        item.kind, item.key = "dimension", CODES["dimension"]
    return True


def _panes(session: Session, index: int) -> bool:
    """ "vitrage quatre seize quatre 310", "feuilleté quarante-quatre deux 860": how glass is built up, then its price."""
    items = session.items
    named = [item.key for item in items[:index] if item.kind == "word" and item.claimed is None]
    if not set(named[-_NEAR:]) & _GLASS:
        return False
    run = []
    for item in items[index:]:
        if item.kind != "number" or item.claimed is not None or item.marked or item.value is None:
            break
        run.append(item)
    values = [item.whole for item in run]
    laminated = values[:1] and values[0] in _LAMINATED and len(values) > 1 and 0 < values[1] <= _FOILS
    size = 2 if laminated else 3 if len(values) > 2 and all(0 < value <= _GAP for value in values[:3]) else 0
    for item in run[:size]:
        item.kind, item.key = "dimension", CODES["dimension"]
    return size > 0


def _names(session: Session, item: Item) -> bool:
    lexicon = session.lexicon
    empty = (
        lexicon.words["fillers"] | lexicon.words["articles"] | lexicon.words["connectors"] | lexicon.words["function"]
    )
    return item.kind == "word" and item.claimed is None and item.key not in empty


def _goes_on(session: Session, index: int) -> bool:
    """The phrase goes on with words and comes to a price: the number before them is none."""
    items = session.items
    last = session.clause(index)[1]
    if items[index + 1].key not in _GOES_ON or index + 2 >= last:
        return False
    second = items[index + 2]
    if items[index + 1].key == "a" and (second.kind != "word" or second.key in session.lexicon.words["articles"]):
        return False
    for item in items[index + 2 : min(last, index + 8)]:
        if item.separator:
            return False
        if item.numeric:
            return True
    return False


def _single(session: Session, noun: Item, number: Item, after: Item) -> bool:
    """ "volet 160 à 320": many of a dear thing would be named in the plural."""
    if after.kind != "money" or not after.facts.get("at") or after.per or after.value is None or number.value is None:
        return False
    singular = is_trade(noun.key) and noun.key[-1:] not in ("s", "x") and noun.key not in session.lexicon.words["works"]
    return (
        singular and number.value >= _LEAST_SIZE and after.value >= Decimal(_LEAST_PRICE) and session.language == "fr"
    )
