"""Client names: where they start and end, without titles, Turkish case endings or trade words (UX-28)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.understanding.grammar import name_edges, names_tr
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.name_endings import strip_case
from agent.understanding.grammar.places import read_place
from agent.understanding.grammar.session import Session, is_trade

_LOOSE_ENDINGS = frozenset(["a", "e", "ya", "ye", "nin", "in", "un", "nun", "icin", "dan", "den", "da", "de"])
_PARTNERS = frozenset(["fils", "freres", "frere", "cie", "associes", "associe", "filles", "soeurs", "co", "ogullari"])
OPENING = frozenset("da del di el al ben ait van von dos abou bou mc mac san".split())
_LEADING = word_set("names_leading")
_PUBLIC = word_set("names_public")
_HOUSEHOLD = frozenset("ailesi ailesine ailesinin ailesinden ailesi'ne".split())
_NO_PERSONS = word_set("names_no_persons")
_OWNED = tuple(word_set("names_owned_businesses"))
_COMPANIES = word_set("names_companies")
_MAX_WORDS = 4


@dataclass(slots=True)
class Name:
    """A client as named: items ``[first, last)``."""

    name: str
    first: int
    last: int
    title: str | None = None
    place: str | None = None
    kind: str | None = None

    def args(self) -> dict[str, str | None]:
        return {"name": self.name, "title": self.title, "place": self.place, "kind": self.kind}


def is_title_at(session: Session, index: int) -> bool:
    """Whether a title (Mme, monsieur, bay…) stands here before a name."""
    item = session.items[index]
    if item.kind != "word" or item.claimed or item.key not in session.lexicon.titles:
        return False
    if index + 1 < len(session.items) and session.items[index + 1].key in _NO_PERSONS:
        return False  # "sayın yetkili"
    if item.key in ("m", "mm", "mad", "bay", "sayin", "sn"):
        following = session.items[index + 1] if index + 1 < len(session.items) else None
        return (
            following is not None
            and not item.text.endswith("'")
            and (
                session.text[item.end - 1] == "."
                or (following.kind == "word" and not is_trade(following.key) and item.text[0].isupper())
                or (following.kind == "word" and item.key in ("bay", "sayin", "sn") and not is_trade(following.key))
                or (
                    following.kind == "word"
                    and index > 0
                    and session.items[index - 1].key in ("pour", "chez", "devis", "facture")
                    and not is_trade(following.key)
                    and len(following.key) > 2
                )
            )
        )
    return True


def _usable(session: Session, item: Item, *, after_title: bool, business: bool) -> bool:
    if item.kind != "word" or item.claimed:
        return False
    lexicon, key = session.lexicon, item.key
    if key == "sa" and item.text == "sa":
        return False  # "pour sa facture": no legal form
    if "known" in item.facts:
        return True
    if name_edges.of_trade_compound(session, item):
        return False
    if key in lexicon.words["documents"] or key in lexicon.titles or key.startswith(("devis", "teklif", "fatura")):
        return False
    if (
        after_title
        and len(key) > 2
        and key not in names_tr.ADDRESSED
        and key not in lexicon.words["articles"]
        and key not in ("pour", "dans", "avec", "chez", "icin")
    ):
        return True
    if key in lexicon.words["function"] or key in lexicon.words["fillers"] or names_tr.is_coming(session, item):
        return False
    if is_trade(key) and not _foreign_word(session, item):
        named = item.text[:1].isupper() or key in names_tr.TRADE_SURNAMES
        return item.case is not None and named  # "Roche'un": only a name has its ending set off
    return len(key) > 1 and key not in lexicon.words["add"]


def _foreign_word(session: Session, item: Item) -> bool:
    """A capital in a French message on what is only a Turkish word of the trades: "devis à Demir"."""
    lexicon = session.lexicon
    french = any(item.key in lexicon.fr[name] for name in ("works", "things", "rooms", "surfaces"))
    return session.language == "fr" and not french and item.text[:1].isupper() and not item.text.isupper()


def read_forward(session: Session, index: int, last: int) -> Name | None:
    """A name starting at ``index``, perhaps with a title before it and a place after it."""
    items, lexicon = session.items, session.lexicon
    position, title, consumer = index, None, False
    while position < last and items[position].key == "particulier":
        position, consumer = position + 1, True
    while (
        position < last
        and (
            items[position].key in _LEADING
            or names_tr.sort_twice(session, position, last)
            or (items[position].key == "les" and position == index and _family(session, position, last))
        )
        and items[position].kind == "word"
        and not (items[position].text in ("Le", "La") and _particle(session, position, last, 0, False, False))
    ):
        position += 1
    if position < last and is_title_at(session, position):
        title = lexicon.titles[items[position].key] or None
        position += 1
        if position < last and items[position].key == ".":
            position += 1
        couple = position + (position < last and items[position].key in ("et", "ve"))
        if couple < last and is_title_at(session, couple):
            position, title = couple + 1, None
            position += position < last and items[position].key == "."
    begin, business, words, article = position, False, 0, 0
    while position < last and words < _MAX_WORDS:
        item = items[position]
        if item.kind == "mark" and item.key == "&" and words:
            position += 1
            continue
        if item.key in ("et", "ve") and words and position + 1 < last and items[position + 1].key in _PARTNERS:
            position, words = position + 2, words + 1
            continue
        if (
            item.kind != "word"
            or item.claimed
            or item.key in lexicon.tr["post_titles"]
            or (words and session.language == "fr" and name_edges.lower_after_capital(session, position, begin))
            or (words and item.key in _HOUSEHOLD)
            or (words and item.key in lexicon.words["correction"])
            or (words and (names_tr.is_verb(session, item) or names_tr.town_follows(session, item)))
        ):
            break
        if item.key == "salon" and words == 0 and name_edges.salon(session, position, last):
            business, position, words = True, position + 3, 2
            if (
                position + 1 < last
                and items[position].key == "chez"
                and _usable(session, items[position + 1], after_title=False, business=True)
            ):
                position, words = position + 2, 3
            continue
        if item.text == "sa" and words == 0:
            break
        firm = words == 0 or business or names_tr.legal_form_follows(session, position, last)
        if item.key in lexicon.words["business"] and firm and not item.case:
            business = True
        elif business and words >= 2 and item.key == "de" and not _part_of_name(items, begin, position):
            break
        elif (
            article
            and article >= position - 2
            and business
            and item.key not in lexicon.words["works"]
            and item.key not in lexicon.words["function"]
            and item.key not in lexicon.words["fillers"]
            and not item.case
        ):
            pass
        elif item.key in lexicon.fr["particles"] and _particle(
            session, position, last, words, business, title is not None
        ):
            article = position if business and item.key in ("le", "la", "les", "l", "aux", "des") else article
            position += 1
            continue
        elif (business and words == 1 and name_edges.legal(session, position, last)) or (
            words and name_edges.trade_name(session, position, last)
        ):
            pass
        elif (words and item.key in _LOOSE_ENDINGS) or (
            not _usable(session, item, after_title=words == 0 and _titled(session, title, position), business=business)
            and not (business and words and item.text[:1].isupper() and not item.text.isupper())
            and not (title and words == 1 and names_tr.closes_name(session, position, last))
            and not (words == 1 and names_tr.surname_of_trade(session, position, last))
        ):
            break
        position, words = position + 1, words + 1
        if item.case or (title and words == 1 and item.key.endswith(("'",))):
            break
        if session.language == "tr" and not business and words >= 2 and title:
            break
    if (
        words == 0
        or (
            business
            and words == 1
            and not items[position - 1].text[:1].isupper()
            and title is None
            and position - begin < 2
        )
    ) and not (business and words):
        return None
    name, kind = _name_text(session, begin, position), _kind(session, begin, position, business, consumer)
    end = position
    if end < last and items[end].key in lexicon.tr["post_titles"]:
        title = names_tr.post_title(items[end].key)
        end += 1
    elif end < last and items[end].kind == "word" and items[end].key in _LOOSE_ENDINGS and session.language == "tr":
        end += 1
    household = end < last and items[end].key in _HOUSEHOLD and items[end].claimed is None
    if household:
        title, end = None, end + 1
    plain = household or (end > position and items[end - 1].key in _LOOSE_ENDINGS)  # "Mme Karpantiye için": no ending
    place, end = read_place(session, end, last)
    name = name if plain and not items[position - 1].case else strip_case(session, name, items[position - 1], end)
    return Name(name, index, end, title, place, kind)


def _titled(session: Session, title: str | None, position: int) -> bool:
    """Whether a title stands before the word, or behind it ("roche hanım")."""
    return title is not None or _before_post_title(session, position + 1, len(session.items))


def _part_of_name(items: list[Item], begin: int, position: int) -> bool:
    """ "restaurant la table de Jules", "garage Renault de la gare": no town follows this "de"."""
    articles = ("la", "le", "les", "l")
    following = items[position + 1].key if position + 1 < len(items) else ""
    return items[begin + 1].key in articles or following in ("la", "l")


def _kind(session: Session, begin: int, end: int, business: bool, consumer: bool) -> str | None:
    if not business and not any(item.key in _COMPANIES for item in session.items[begin:end]):
        return "consumer" if consumer else None
    return (
        "public"
        if any(
            item.key in _PUBLIC or item.key.startswith("belediye")
            for item in session.items[begin : min(end, begin + 2)]
        )
        else "business"
    )


def kind_of(session: Session, begin: int, end: int) -> str | None:
    """What sort of client the words of a name say: business, public, or nothing."""
    business = any(item.key in session.lexicon.words["business"] for item in session.items[begin:end])
    return _kind(session, begin, end, business, consumer=False)


def _family(session: Session, position: int, last: int) -> bool:
    """ "chez les Morin", "pour les dubreuil": a family, not things ("pour les murs")."""
    before = session.items[position - 1] if position else None
    following = session.items[position + 1] if position + 1 < last else None
    return (
        before is not None
        and before.key in ("chez", "pour", "par")
        and following is not None
        and following.key[-1:] not in ("s", "x")
        and _usable(session, following, after_title=False, business=False)
    )


def _particle(session: Session, position: int, last: int, words: int, business: bool, titled: bool) -> bool:
    """de, la, le… inside a name: allowed when a name word follows."""
    if position + 1 >= last:
        return False
    following = session.items[position + 1]
    key = session.items[position].key
    if not (words or titled or business):
        surname = key in OPENING or (key in ("le", "la") and session.items[position].text[0].isupper())
        capital = key in OPENING or following.text[:1].isupper()
        return surname and capital and _usable(session, following, after_title=False, business=False)
    if words and not business and key in ("de", "d", "du", "la", "le", "les", "l") and not titled:
        return False
    if words and not business and key in ("la", "le", "les", "l"):
        return False
    if (
        key in ("le", "la", "les", "l")
        and not business
        and not following.text[:1].isupper()
        and is_trade(following.key)
    ):
        return False
    if following.key in session.lexicon.fr["particles"]:
        return position + 2 < last and _usable(
            session, session.items[position + 2], after_title=False, business=business
        )
    if words and key in ("de", "d", "du") and not business:
        return False
    return following.kind == "word" and (
        _usable(session, following, after_title=False, business=business)
        or (
            business
            and not following.numeric
            and following.key not in session.lexicon.words["works"]
            and following.kind == "word"
            and len(following.key) > 3
        )
    )


def _name_text(session: Session, first: int, last: int) -> str:
    text = session.said(first, last)
    return re.sub(r"\s+", " ", text).strip(" ,.;:")


def read_backward(session: Session, index: int, first: int) -> Name | None:
    """A name that ends just before item ``index`` ("garnier a payé", "Petit için")."""
    items = session.items
    stop = index
    if (
        stop > first
        and items[stop - 1].kind == "word"
        and items[stop - 1].key in ("a", "e", "ya", "ye")
        and session.language == "tr"
    ):
        stop -= 1
    start = stop
    while start > first and stop - start < _MAX_WORDS:
        item = items[start - 1]
        if item.kind != "word" or item.claimed:
            break
        if is_title_at(session, start - 1):
            break
        if item.key in session.lexicon.tr["post_titles"] or item.key in _HOUSEHOLD:
            start -= 1
            continue
        if start == stop and (opening := _business_before(session, stop, first)) is not None:
            said = strip_case(session, _name_text(session, opening, stop), items[stop - 1], index)
            kind = "public" if items[opening].key in _PUBLIC else "business"
            return Name(said, opening, index, kind=kind)
        if item.case and start != stop:
            break
        joins = item.key in session.lexicon.fr["particles"] and start - 2 >= first
        if item.key in session.lexicon.words["business"] or (
            joins and start < stop and items[start - 2].key in session.lexicon.words["business"]
        ):
            start -= 1
            continue
        if start < stop and item.text[:1].isupper() and items[start].key in _HOUSEHOLD:
            return Name(item.text, start - 1, index)  # "Roche ailesine": a surname whatever else it means
        titled = (start >= 2 and is_title_at(session, start - 2)) or _before_post_title(session, start, stop)
        if not _usable(session, item, after_title=titled, business=False):
            break
        start -= 1
    if start > first and is_title_at(session, start - 1):
        start -= 1
    if start > first + 1 and items[start - 1].key == "." and is_title_at(session, start - 2):
        start -= 2
    if start == stop:
        return None
    name = read_forward(session, start, stop)
    if name is None or not name.name:
        return None
    name.first, name.last = start, index
    if session.language == "tr" and index < len(items):
        name.name = strip_case(session, name.name, items[stop - 1], index) if not items[stop - 1].case else name.name
    return name


def _before_post_title(session: Session, start: int, stop: int) -> bool:
    """ "roche hanıma devis": the word before "hanım" is a name, whatever else it means."""
    return start < stop and session.items[start].key in session.lexicon.tr["post_titles"]


def _business_before(session: Session, stop: int, first: int) -> int | None:
    """ "SAS Toiture Pro'ya", "boulangerie Aux Deux Épis'ye": capitals back to the word that says what sort of business."""
    items = session.items
    if items[stop - 1].key.startswith(_OWNED) and stop - 2 >= first and items[stop - 2].claimed is None:
        plain = session.lexicon.words["function"] | session.lexicon.words["fillers"]
        named = items[stop - 2].kind == "word" and items[stop - 2].key not in plain
        return stop - 2 if named else None  # "Şarpantiye sendikasına", "Anadolu lokantası"
    for begin in range(stop - 2, max(first, stop - _MAX_WORDS - 1) - 1, -1):
        item = items[begin]
        joined = items[begin + 1].text[:1].isupper() or items[begin + 1].key in session.lexicon.fr["particles"]
        if item.kind != "word" or item.claimed or not joined:
            return None
        if item.key in session.lexicon.words["business"]:
            before = items[begin - 1] if begin > first else None
            whole = items[stop - 1].key in _COMPANIES and before is not None and before.claimed is None
            return begin - 1 if whole and before is not None and before.text[:1].isupper() else begin
    return None
