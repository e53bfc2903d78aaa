"""Clients named without a title at the start of a message or around the works ("da silva pose wc 320", "martin evi boya…")."""

from __future__ import annotations

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.names import OPENING, Name, closest, read_forward
from agent.understanding.grammar.session import Session, is_trade

# Particles that open foreign surnames; French "le", "de la" also open plain words.
FOREIGN = OPENING
_NOT_NAMES = word_set("untitled_not_names")
_AMBIGUOUS = word_set("untitled_ambiguous")
_DWELLINGS = word_set("untitled_dwellings")


def leading(session: Session) -> Name | None:
    """The client whose name opens a message of priced works; None when the first words may be the works themselves."""
    items = session.items
    if session.has_lines() or not any(i.numeric and i.claimed is None for i in items):
        return None
    first = _first_word(session)
    if first is None:
        return None
    if items[first].key in ("maison", "appartement", "appart", "villa") and session.language == "fr":
        name = named_at(session, first + 1)
        return Name(name.name, first, name.last) if name is not None and _works_follow(session, name.last) else None
    if items[first].key in ("chez", "pour") and session.language == "fr":
        begin = first + 1
        name = named_at(session, begin)
        if name is None and items[first].key == "chez" and begin < len(items):
            name = read_forward(session, begin, session.clause(begin)[1])
        return Name(name.name, first, name.last, name.title, name.place, name.kind) if name is not None else None
    return named_at(session, first)


def named_at(session: Session, first: int) -> Name | None:
    """A business, a surname with a particle, a known client, or a plain surname just before works or a dwelling."""
    items = session.items
    last = session.clause(first)[1]
    if first >= last or items[first].kind != "word" or items[first].claimed is not None:
        return None
    if items[first].key in session.lexicon.words["business"] and not _place_of_works(session, first):
        name = read_forward(session, first, last)
        return name if name is not None and name.kind in ("business", "public") else None
    if session.language == "tr":
        last = next((i for i in range(first + 1, min(first + 4, last)) if items[i].key in _DWELLINGS), last)
    name = noble(session, first, last) or read_forward(session, first, last)
    if name is None or name.first != first:
        return None
    if items[first].key in ("le", "la"):  # a line of works never opens with "le goff pose…"
        name.name = session.said(first, name.last)
        return name if _works_follow(session, name.last) else None
    sure = items[first].key in FOREIGN or items[first].key == "de"
    sure = sure or closest(name.name, session.context.clients) is not None
    if sure:
        return name
    words = items[first : name.last]
    if session.language == "tr":
        return name if name.last < len(items) and items[name.last].key in _DWELLINGS else None
    plain = 1 <= len(words) <= 2 and all(len(w.key) > 2 and w.key.isalpha() and w.key not in _NOT_NAMES for w in words)
    return name if plain and (_works_follow(session, name.last) or _dwelling_at(session, name.last)) else None


def _place_of_works(session: Session, index: int) -> bool:
    """ "garage peinture 300", "groupe électrogène 900": an object or a place of works, not a client."""
    following = session.items[index + 1] if index + 1 < len(session.items) else None
    if following is None or following.kind != "word" or is_trade(following.key):
        return True
    if following.key in ("le", "la", "les"):
        return False  # "restaurant le bosphore"
    return session.items[index].key in _AMBIGUOUS and not following.text[:1].isupper()


def noble(session: Session, first: int, last: int) -> Name | None:
    """ "de la tour": a surname, where a line would not start with "de la"."""
    items = session.items
    keys = [i.key for i in items[first : first + 2]]
    if keys not in (["de", "la"], ["de", "l"]) or first + 2 >= last:
        return None
    word = items[first + 2]
    lexicon = session.lexicon
    known = (
        word.key in lexicon.words["business"]
        or is_trade(word.key)
        or word.key in lexicon.words["function"]
        or word.key in lexicon.words["streets"] - {"tour"}
    )
    if word.kind != "word" or word.claimed is not None or known:
        return None
    return Name(session.said(first, first + 3), first, first + 3)


def with_dwelling(session: Session, name: Name) -> None:
    """ "Martin'in evi", "dupont maison": whose home it is belongs to naming the client."""
    if _dwelling_at(session, name.last):
        session.claim(name.last, name.last + 1, "select_client")


def _dwelling_at(session: Session, index: int) -> bool:
    items = session.items
    if index >= len(items) or items[index].claimed is not None:
        return False
    home = items[index].key in _DWELLINGS
    return home and (session.language == "tr") == (items[index].key not in ("maison", "appart", "appartement", "villa"))


def _works_follow(session: Session, index: int) -> bool:
    items = session.items
    while index < len(items) and items[index].key in (",", ":", "-", "\n"):
        index += 1
    if index >= len(items) or items[index].kind != "word" or items[index].key not in session.lexicon.fr["works"]:
        return False
    following = items[index + 1] if index + 1 < len(items) else None
    alone = following is None or following.kind != "word"  # "claustra pose 300": the noun before is the object
    return not alone or items[index].key in session.lexicon.fr["things"]


def _first_word(session: Session) -> int | None:
    fillers = session.lexicon.words["fillers"]
    for index, item in enumerate(session.items):
        if item.kind == "mark" or (item.kind == "word" and item.key in fillers and item.key not in FOREIGN):
            continue
        if item.claimed is not None:
            return None
        return index if item.kind == "word" else None
    return None
