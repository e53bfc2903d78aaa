"""Works named before the client and measured or priced after him: one line, although his name stands inside it."""

from __future__ import annotations

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.session import Session, is_trade

_WITHIN = frozenset("-–/")


def go_on(session: Session, run_items: list[int], index: int) -> bool:
    """ "devis démoussage toiture monsieur Baron 180 m² à 7": the works stand before the client, their measure after him."""
    items = session.items
    if session.has_lines() or session.language != "fr" or index >= len(items):
        return False
    if items[index].claimed != "select_client":
        return False
    named = [items[i] for i in run_items]
    if any(i.numeric or (i.separator and i.key not in _WITHIN) for i in named) or not _works(
        session, named, run_items[0]
    ):
        return False
    skipped = session.lexicon.words["fillers"]
    after = index
    while after < len(items) and (items[after].claimed == "select_client" or items[after].key in (",", ":")):
        after += 1
    while after < len(items) and items[after].claimed is None and items[after].key in skipped:
        after += 1
    if after >= len(items) or items[after].claimed is not None:
        return False
    while after < len(items) and items[after].kind == "dimension":
        after += 1
    if after >= len(items) or items[after].kind == "money":
        return after < len(items)
    if items[after].kind == "quantity":  # "26 ml gouttière à 54": measured with a name of its own
        return after + 1 < len(items) and (items[after + 1].numeric or items[after + 1].key == ":")
    return items[after].kind == "number" and _closed(session, after + 1)


def _closed(session: Session, index: int) -> bool:
    """Nothing that could be counted follows a number."""
    items = session.items
    return index >= len(items) or items[index].separator or items[index].key in session.lexicon.words["connectors"]


def _works(session: Session, named: list[Item], first: int) -> bool:
    """Words of the trades, or whatever follows the word for the document."""
    words = [i for i in named if i.kind == "word" and i.key not in session.lexicon.words["fillers"]]
    asked = first > 0 and session.items[first - 1].claimed == "start_document"
    return any(is_trade(i.key) for i in words) or (asked and bool(words))
