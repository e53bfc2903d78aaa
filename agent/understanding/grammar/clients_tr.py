"""Turkish clients around a document word: names over the words of works, towns said before a name."""

from __future__ import annotations

import re

from agent.understanding.grammar.names import Name, read_backward
from agent.understanding.grammar.session import Session, is_trade

_SHORTEST = 4
_WORKS_BETWEEN = 3
"""Words of works that may stand between a client's name and the document word."""


def name_before(session: Session, index: int, first: int) -> Name | None:
    """Turkish: the name that stands before a document word, over "bir", "yeni", "için"."""
    stop = index
    skip = (
        "bir",
        "bi",
        "yeni",
        "icin",
        "hemen",
        "de",
        "da",
        "ait",
        "acil",
        "acompte",
        "avans",
        "pesinat",
        "kapora",
        "iade",
        "santiyesinde",
        "santiyesi",
        "santiyesine",
        "santiyesinin",
        "isi",
        "isinin",
        "isleri",
        "santiyesi",
        "bitti",
        "bitmis",
        "tamamlandi",
    )
    while stop > first and session.items[stop - 1].key in skip:
        stop -= 1
    name = read_backward(session, stop, first)
    if name is not None:
        return name
    return _over_works(session, stop, first)


def _over_works(session: Session, stop: int, first: int) -> Name | None:
    """ "Besson'a korkuluk teklifi", "Lebrun klima devis": what the document is about stands between."""
    items = session.items
    begin = stop
    while begin > first and stop - begin < _WORKS_BETWEEN and items[begin - 1].kind == "word":
        before = items[begin - 1]
        if before.claimed is not None or before.case == "dat" or not is_trade(before.key):
            break
        begin -= 1
    if begin in (stop, first):
        return None
    name = read_backward(session, begin, first)
    if name is None or name.first > opening(session, first):
        return None
    marked = items[name.last - 1].case == "dat" or name.title or name.kind or items[name.first].text[:1].isupper()
    return name if marked or session.kind == "voice" else None


def opening(session: Session, first: int) -> int:
    """The first item of the clause that is no greeting or filler."""
    fillers = session.lexicon.words["fillers"]
    while first < len(session.items) and session.items[first].key in fillers:
        first += 1
    return first


def place_before(session: Session, index: int) -> str | None:
    """ "Villefranche'taki M. Ferrero", "bronda oturan…": the town said before the name."""
    item = session.items[index]
    town = re.sub(r"['’]?[dt][ae]ki$", "", item.text)
    known = item.kind == "word" and item.claimed is None and not is_trade(item.key) and len(town) > 2
    return town if known and town != item.text and session.language == "tr" else None


def before_works(session: Session) -> Name | None:
    """ "dübua bahçe çim 220 m2 … fatura kes": a document without a client, and a word of no trade that opens its lines."""
    items, lexicon = session.items, session.lexicon
    first = opening(session, 0)
    if session.has_draft() or first + 1 >= len(items):
        return None
    item, following = items[first], items[first + 1]
    plain = lexicon.words["function"] | lexicon.words["fillers"] | lexicon.words["business"]
    unknown = item.kind == "word" and item.claimed is None and not is_trade(item.key) and item.key not in plain
    if not unknown or item.case or len(item.key) < _SHORTEST or not is_trade(following.key):
        return None
    return Name(item.text, first, first + 1)
