"""Where a client's name goes on or ends: companies named after a trade, salons, capitals followed by plain words."""

from __future__ import annotations

import re

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session, is_trade

_COMPOUND = re.compile(r"\w+(?:-\w+)+")
_BEFORE = 24  # letters of a long compound on either side
_TAILS = word_set("names_tails")


def of_trade_compound(session: Session, item: Item) -> bool:
    """ "garde" of "garde-corps": part of a word of the trades that has a hyphen."""
    around = _COMPOUND.search(session.text, max(0, item.start - _BEFORE), item.end + _BEFORE)
    while around is not None and around.end() <= item.start:
        around = _COMPOUND.search(session.text, around.end(), item.end + _BEFORE)
    return around is not None and around.start() <= item.start and is_trade(fold(around.group()))


def lower_after_capital(session: Session, position: int, begin: int) -> bool:
    """ "mairie d'Aiton préau école", "M. Delmas fuite": a name in capitals ends where plain words begin."""
    item, before = session.items[position], session.items[position - 1]
    lexicon = session.lexicon
    if item.key in lexicon.fr["particles"] or item.key in lexicon.words["business"] or not item.text[:1].islower():
        return False
    named = before.text[:1].isupper() and not before.text.isupper() and before.key not in lexicon.words["business"]
    return named and position - begin >= 1 and before.key not in lexicon.fr["particles"]


def legal(session: Session, position: int, last: int) -> bool:
    """ "sarl bois&co", "ets peinture,": after a legal form a word of the trades is the name when nothing else is."""
    before, following = session.items[position - 1], session.items[position + 1] if position + 1 < last else None
    closed = following is None or (following.kind == "mark" and following.key in ("&", ",", ":", ";"))
    return before.key in ("sarl", "sas", "sasu", "eurl", "ets", "sci", "snc") and closed


def salon(session: Session, position: int, last: int) -> bool:
    """ "salon de coiffure", "salon de thé": a business, not a room."""
    keys = [item.key for item in session.items[position : min(last, position + 3)]]
    return len(keys) == 3 and keys[1] == "de" and keys[2] in ("coiffure", "the", "beaute", "massage", "toilettage")


def trade_name(session: Session, position: int, last: int) -> bool:
    """ "Eiffage Construction", "Rhône Habitat": the end of a company's name, not the works ("Dupont Construction mur")."""
    items = session.items
    if items[position].key not in _TAILS or not items[position].text[:1].isupper():
        return False
    following = items[position + 1] if position + 1 < len(items) else None
    if following is None or position + 1 >= last or following.kind != "word":
        counted = following is not None and following.numeric
        return not counted or (position + 2 < last and items[position + 2].key in ("de", "d"))
    return not is_trade(following.key)
