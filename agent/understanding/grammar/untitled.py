"""Clients named without a title at the start of a message or around the works ("da silva pose wc 320", "martin evi boya…")."""

from __future__ import annotations

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.name_endings import closest
from agent.understanding.grammar.names import OPENING, Name, read_forward
from agent.understanding.grammar.session import Session, is_trade

# Particles that open foreign surnames; French "le", "de la" also open plain words.
FOREIGN = OPENING
_NOT_NAMES = word_set("untitled_not_names")
_AMBIGUOUS = word_set("untitled_ambiguous")
_SHORTEST_NAME, _LINKED = 4, 2
_LEGAL = word_set("names_companies")
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
    if session.language == "tr" and (dative := _dative_opening(session, first)) is not None:
        return dative
    if session.language == "tr":
        homes = _DWELLINGS | {"ev", "daire"}
        last = next((i for i in range(first + 1, min(first + 4, last)) if items[i].key in homes), last)
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
        return name if _turkish_opening(session, name) else None
    plain = 1 <= len(words) <= 2 and all(len(w.key) > 2 and w.key.isalpha() and w.key not in _NOT_NAMES for w in words)
    return name if plain and (_works_follow(session, name.last) or _dwelling_at(session, name.last)) else None


def after_works(session: Session, first: int, last: int) -> Name | None:
    """ "devis peinture bureau SCI Montclair, …", "devis terrassement Vidal : …", "devis toiture maison Guerin dépose…"."""
    items, words = session.items, session.lexicon.words
    stop = next((i for i in range(first, last) if items[i].numeric or items[i].claimed or items[i].hard), last)
    capitals = session.text.isupper()
    for index in range(first + 1, stop):
        item, before = items[index], items[index - 1]
        if item.kind != "word" or before.kind == "mark":
            continue
        following = items[index + 1] if index + 1 < len(items) else None
        named = following is not None and following.kind == "word" and following.text[:1].isupper()
        if item.key in words["business"] and named and (not capitals or item.key in _LEGAL):
            name = read_forward(session, index, last)
            if name is not None and name.kind in ("business", "public"):
                return name
        if item.key in _DWELLINGS and named and following is not None and following.key not in _NOT_NAMES:
            for end in range(index + 2, min(index + 2 + _LINKED, last)):
                name = read_forward(session, index + 1, end)
                if name is not None and name.last == end and items[end].key in session.lexicon.fr["works"]:
                    return Name(name.name, index, end)
        if item.text[:1].isupper() and not capitals and _closes_heading(session, first, index):
            return Name(item.text, index, index + 1)
    return None


def _closes_heading(session: Session, first: int, index: int) -> bool:
    """A word that is no word of the trades, between the works and the colon before their lines."""
    items = session.items
    item, following = items[index], items[index + 1] if index + 1 < len(items) else None
    plain = (
        item.key.isalpha()
        and len(item.key) >= _SHORTEST_NAME
        and item.key not in _NOT_NAMES
        and not item.text.isupper()
    )
    if following is None or following.key != ":" or not plain or is_trade(item.key):
        return False
    known = item.key in session.lexicon.words["function"] or item.key in session.lexicon.words["fillers"]
    works = items[first:index]
    only = all(i.kind == "word" and (is_trade(i.key) or i.key in session.lexicon.fr["articles"]) for i in works)
    return not known and only and is_trade(items[index - 1].key)


def _dative_opening(session: Session, first: int) -> Name | None:
    """ "markettiye ragreaj 88 m2…": the first word of a message, of no trade, with the ending that says for whom."""
    items = session.items
    item, following = items[first], items[first + 1] if first + 1 < len(items) else None
    if session.has_draft() or session.context.awaiting or following is None or not is_trade(following.key):
        return None
    ending = next((end for end in ("ye", "ya", "e", "a") if item.key.endswith(end)), None)
    if ending is None or item.case or len(item.key) - len(ending) < _SHORTEST_NAME or is_trade(item.key):
        return None
    stem = item.text[: -len(ending)]
    vowel = stem[-1].lower() in "aeıioöuü"
    known = item.key in session.lexicon.words["function"] or item.key in session.lexicon.words["fillers"]
    if known or vowel != (len(ending) == _LINKED) or not item.key.isalpha():
        return None
    return Name(stem, first, first + 1)


def _turkish_opening(session: Session, name: Name) -> bool:
    """ "martin evi boya…", "Guerin ev 1968 yapımı", "Marchetti, ragreaj 88 m2…": a name alone, then a dwelling or works."""
    items = session.items
    following = items[name.last] if name.last < len(items) else None
    if following is None:
        return False
    if following.key in _DWELLINGS and following.key not in ("ev", "daire"):
        return True
    words = items[name.first : name.last]
    capital = all(word.text[:1].isupper() and not word.text.isupper() for word in words) and len(words) <= 2
    if following.key in ("ev", "daire"):
        return capital
    if not capital or following.key not in (",", ":", "-", "\n") or name.last + 1 >= len(items):
        return False
    works = items[name.last + 1]
    return works.kind == "word" and is_trade(works.key)


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
