"""Postal addresses: "14 rue des érables 69120 vaulx en velin", "8 rue pasteur villeurbanne", "12 bis av Foch".

They are claimed before anything else, so that street numbers and postal codes never become quantities or prices.
"""

from __future__ import annotations

import re

from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session, is_trade

_INNER = word_set("addresses_inner")
_PARTS = frozenset("apt appt app batiment bat esc escalier porte hall etage".split())
_NUMBERED = _PARTS | frozenset(["des", "les", "du", "aux"])
_OTHER_FACTS = frozenset(
    "mail maili mailini email eposta tel telefon telefonu numarasi siret sireti telephone portable".split()
)
_STOP = word_set("addresses_stop")


def claim_addresses(session: Session) -> list[tuple[int, int, str]]:
    """Addresses as ``(first, last, text)`` item ranges, claimed."""
    found: list[tuple[int, int, str]] = []
    index = 0
    while index < len(session.items):
        last = _address_end(session, index) if session.items[index].claimed is None else None
        if last:
            last = _whole_answer(session, index, last)
            text = re.sub(r"\s+", " ", _in_digits(session, index, last)).strip(" ,.")
            session.claim(index, last, "address")
            found.append((index, last, text))
            index = last
        else:
            index += 1
    if found and session.context.awaiting == "slot:client.address":
        found[0] = _with_what_precedes(session, *found[0])
    return found


def _with_what_precedes(session: Session, first: int, last: int, text: str) -> tuple[int, int, str]:
    """Asked for the address, what stands before the street belongs to it: "résidence les Acacias, bât C, 120 av. …"."""
    begin, _ = session.clause(first)
    lead = session.items[begin:first]
    if not session.free(begin, first) or not any(i.numeric or i.kind == "dimension" for i in lead):
        return first, last, text
    session.claim(begin, first, "address")
    return begin, last, re.sub(r"\s+", " ", session.said(begin, last)).strip(" ,.")


def _whole_answer(session: Session, first: int, last: int) -> int:
    """Asked for an address, all that follows belongs to it, unless a price or a quantity does not fit."""
    if session.context.awaiting != "slot:client.address":
        return last
    end = session.clause(first)[1]
    rest = session.items[last:end]
    foreign = any(item.claimed or item.marked or _elsewhere(item) for item in rest)
    return last if foreign else end


def _in_digits(session: Session, first: int, last: int) -> str:
    """The words of the address, with a house number and a postal code said in words in digits ("on dört rue des Acacias")."""
    text, done = "", session.items[first].start
    for index in range(first, last):
        item = session.items[index]
        postcode = item.value is not None and 1000 <= item.value < 100000
        if item.kind == "number" and item.spelled and item.value is not None and (index == first or postcode):
            digits = f"{int(item.value):05d}" if postcode and index > first else number_text(item.value)
            text, done = text + session.text[done : item.start] + digits, item.end
    return text + session.text[done : session.items[last - 1].end]


def _elsewhere(item: Item) -> bool:
    """A value, or another fact of the client said after the address ("…, maili de …")."""
    other = item.kind in ("money", "quantity", "percent", "email", "phone", "siret")
    return other or item.key in _OTHER_FACTS


def _address_end(session: Session, index: int) -> int | None:
    items, streets = session.items, session.lexicon.words["streets"]
    item = items[index]
    position = index
    if (
        item.kind == "number"
        and item.value is not None
        and item.value < 10000
        and not item.marked
        and (item.text[:1].isdigit() or item.spelled)
    ):
        position += 1
        if position < len(items) and items[position].key in ("bis", "ter", "quater", "b") and position + 1 < len(items):
            position += 1
        if position < len(items) and items[position].key == ",":
            position += 1
    elif item.kind == "dimension" and _street_number(session, index):
        return _street_end(session, index + 1)
    elif _is_postcode(session, index):
        return _city_end(session, index + 1, index + 1)
    if position >= len(items) or items[position].kind != "word" or items[position].key not in streets:
        return None
    if position == index and items[position].key not in ("rue", "avenue", "boulevard", "chemin", "impasse"):
        return None
    if position == index and index and items[index - 1].key in ("la", "une", "cote", "sur", "de"):
        return None
    if items[position].key in (
        "ch",
        "pl",
        "all",
        "place",
        "cours",
        "passage",
        "lot",
        "residence",
        "villa",
        "cite",
        "allee",
        "allees",
        "clos",
        "place",
    ) and is_count(session, position):
        return None
    return _street_end(session, position + 1)


def _street_number(session: Session, index: int) -> bool:
    """ "5 place Bellecour" was read as a dimension ("5 places")."""
    parts = session.items[index].text.split()
    following = session.items[index + 1] if index + 1 < len(session.items) else None
    return (
        len(parts) == 2
        and parts[1].lower() in session.lexicon.words["streets"]
        and following is not None
        and following.kind == "word"
        and not is_trade(following.key)
    )


def is_count(session: Session, position: int) -> bool:
    """ "2 villa…", "3 allées 450": a number of things, not a street."""
    following = session.items[position + 1] if position + 1 < len(session.items) else None
    return following is None or following.kind != "word" or is_trade(following.key)


def _street_end(session: Session, position: int) -> int | None:
    items = session.items
    start, words = position, 0
    while position < len(items) and words < 6:
        item = items[position]
        if _is_postcode(session, position):
            return _city_end(session, position + 1, position + 1)
        if item.key == "," and _postcode_or_city_follows(session, position + 1):
            position += 1
            continue
        if item.kind == "date":
            position, words = position + 1, words + 1  # rue du 8 mai 1945
            continue
        if item.kind == "number" and position > start and items[position - 1].key in _NUMBERED:
            position += 1  # "apt 34", "impasse des 3 fontaines"
            continue
        if item.key in _PARTS and position + 1 < len(items) and items[position + 1].kind in ("number", "word"):
            position += 1
            continue
        if item.kind != "word" or item.claimed or item.key in _STOP or item.key in session.lexicon.titles:
            break
        if (
            item.key not in _INNER
            and words >= 1
            and (item.key in session.lexicon.words["works"] or item.key in session.lexicon.words["fillers"])
        ):
            break
        if words >= 2 and item.key not in _INNER and is_trade(item.key):
            break
        if item.key not in _INNER:
            words += 1
        if words > 4:
            break
        position += 1
    while (position > start and items[position - 1].key in _INNER) or (
        position > start and items[position - 1].key == ","
    ):
        position -= 1
    return position if position > start else None


def _postcode_or_city_follows(session: Session, position: int) -> bool:
    if position >= len(session.items):
        return False
    if _is_postcode(session, position):
        return True
    item = session.items[position]
    after = session.items[position + 1] if position + 1 < len(session.items) else None
    name = (
        item.kind == "word"
        and item.text[:1].isupper()
        and not is_trade(item.key)
        and item.key not in session.lexicon.words["function"]
    )
    return name and (after is None or after.kind == "mark")


def _is_postcode(session: Session, index: int) -> bool:
    item = session.items[index]
    text = item.text.replace(" ", "")
    if (
        item.kind not in ("number",)
        or not re.fullmatch(r"\d{5}", text)
        or item.marked
        or not "01000" <= text <= "98999"
    ):
        return False
    following = session.items[index + 1] if index + 1 < len(session.items) else None
    if (
        following is None
        or following.kind != "word"
        or is_trade(following.key)
        or following.key in session.lexicon.words["function"] - {"la", "le", "les", "l"}
    ):
        return index > 0 and any(
            i.key in session.lexicon.words["streets"] for i in session.items[max(0, index - 7) : index]
        )
    return following.key not in ("ttc", "ht", "euro", "euros", "e", "et", "en", "de", "tout", "rond")


def _city_end(session: Session, position: int, floor: int) -> int:
    items, words = session.items, 0
    while position < len(items) and words < 4:
        item = items[position]
        if item.kind != "word" or item.claimed or item.key in _STOP or item.key in session.lexicon.titles:
            break
        if item.key not in _INNER and (
            item.key in session.lexicon.words["works"] or item.key in session.lexicon.words["fillers"]
        ):
            break
        if item.key not in _INNER:
            words += 1
            following = items[position + 1] if position + 1 < len(items) else None
            joined = following is not None and (
                following.key in _INNER or (following.start == item.end + 1 and session.text[item.end] == "-")
            )
            position += 1
            if not joined and item.key not in ("saint", "sainte", "st", "ste", "le", "la", "villeneuve", "l"):
                break
            continue
        position += 1
    while position > floor and items[position - 1].key in _INNER:
        position -= 1
    return position
