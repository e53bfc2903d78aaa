"""Turkish headings on a line of their own ("Salon:", then its works, "Mutfak:", then its own) and prices per head."""

from __future__ import annotations

from itertools import pairwise

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.session import Session

_MOST_WORDS = 3
_FLOORS = frozenset("kat zemin giris cati bodrum dis ic on arka ust alt".split())
_PER_HEAD = frozenset(["basi", "basina"])


def read(session: Session) -> None:
    """Headings of several parts of the works become sections; "oda başı 380" the price of each of the rooms counted."""
    if session.language != "tr":
        return
    _prices_per_head(session)
    found = [(a, b) for a, b in _own_lines(session) if _names_a_place(session, session.items[a:b])]
    if len(found) < 2:
        return  # one heading is what all the lines are about
    for first, last in found:
        title = session.said(first, last).strip(" :.-")
        session.sections.append((session.items[first].start, title))
        session.claim(first, last, "section")


def _own_lines(session: Session) -> list[tuple[int, int]]:
    items = session.items
    breaks = [-1, *(i for i, item in enumerate(items) if item.key == "\n"), len(items)]
    return [(a + 1, b) for a, b in pairwise(breaks) if b > a + 1]


def _names_a_place(session: Session, line: list[Item]) -> bool:
    words = [item for item in line if item.kind != "mark"]
    rooms = session.lexicon.words["rooms"] | session.lexicon.tr["dwellings"] | _FLOORS
    named = [item for item in words if item.key in rooms]
    plain = all(item.claimed is None and (item in named or item.facts.get("ordinal")) for item in words)
    return plain and bool(named) and len(words) <= _MOST_WORDS


def _prices_per_head(session: Session) -> None:
    """ "12 oda boyandı, oda başı 380", "2 gün günlük 200": the noun only says what the price is for."""
    items = session.items
    for index in range(1, len(items) - 1):
        price = items[index + 1]
        if not price.numeric or price.kind == "quantity" or price.claimed is not None:
            continue
        said, noun = items[index], items[index - 1]
        counted = [i for i in items[: index - 1] if i.kind == "word" and fold(i.text)[:4] == fold(noun.text)[:4]]
        if said.key in _PER_HEAD and noun.kind == "word" and counted:
            session.claim(index - 1, index + 1, "same_quantity")
            price.marked, price.per = True, "u"
        elif said.key == "gunluk" and said.claimed is None and noun.kind == "quantity" and noun.unit == "j":
            session.claim(index, index + 1, "same_quantity")
            price.marked, price.per = True, "j"
