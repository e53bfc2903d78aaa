"""What is given for nothing: "nakliye bedava", "montaj ücretsiz". A thing with the price 0 (docs/labelling.md)."""

from __future__ import annotations

from decimal import Decimal

from agent.understanding.grammar.items import CODES
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session, is_trade

_FREE, _BEFORE = word_set("free_things_words"), word_set("free_things_before")

_MOST_WORDS = 4


def mark(session: Session) -> None:
    """Makes such a word a price of 0 where the thing stands right before it."""
    items = session.items
    for index, item in enumerate(items):
        if session.language != "tr" or item.key not in _FREE or item.kind != "word" or item.claimed is not None:
            continue
        at = index - 1
        while at > 0 and items[at].key in _BEFORE:
            at -= 1
        following = items[index + 1] if index + 1 < len(items) else None
        named = at >= 0 and items[at].kind == "word" and items[at].claimed is None and _a_thing(session, at)
        if not named or session.is_question(index) or (following is not None and following.numeric):
            continue
        session.claim(at + 1, index, "free_thing")
        item.kind, item.key, item.value, item.marked = "money", CODES["money"], Decimal(0), True


def _a_thing(session: Session, last: int) -> bool:
    """A word of the trade, or words of their own between marks in a message that also says prices ("devreye alma ücretsiz")."""
    items = session.items
    if is_trade(items[last].key):
        return True
    first = last
    while first > 0 and items[first - 1].kind == "word" and items[first - 1].claimed is None:
        first -= 1
    opened = first > 0 and items[first - 1].separator and last - first < _MOST_WORDS
    plain = session.lexicon.words["function"] | session.lexicon.words["fillers"]
    priced = any(item.numeric and item.claimed is None for item in items[:first])
    return opened and priced and any(item.key not in plain for item in items[first : last + 1])
