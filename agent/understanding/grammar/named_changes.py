"""What is said about one named line of the draft: a new value, another wording, the same as before, or that it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from agent.understanding.grammar import lines
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_commands import change, describe
from agent.understanding.grammar.line_matching import amount
from agent.understanding.grammar.line_reading import LineReading
from agent.understanding.grammar.named_lines import VERBS, Part
from agent.understanding.grammar.session import Session, is_trade
from tools.commands import LineView

_DROPPED = re.compile(
    r" (?:(?:met|fai|fera|compt|gard|pos|prend|pren|factur|veut|veux|veulent|faut|chiffr|prev|laiss|besoin)[a-z]* (?:pas|plus)"
    r"|(?:enlev|supprim|retir|vir|effac|oubli|degag|saut|annul)(?:e|es|er|ez|ons|era)) "
)
_LEFT_OUT = frozenset(["sans", "sauf", "hormis", "excepte"])
_UNSURE = re.compile(r" (?:sais|suis|doute|peut etre|sur|crois|pense) ")
_SAME = frozenset(["pareil", "idem", "pareille", "pareils", "pareilles"])
_DENYING = frozenset(["pas", "plus"])
_RATE_WORDS = word_set("scopes_vat")
_NEAR = Decimal("1.6")
"""Below this ratio to both the quantity and the price a bare number may be either."""
_CONTRASTS = frozenset(["pas", "plutot", "lieu", "non", "et", "mais", ","])
_NEW_WORDING = re.compile(
    r" (?:c est|c|est|ce sera|ce sont|sera|en fait)(?: en fait| finalement| plutot)? (?:(?:une?|des|du|en) |(?=#d ))"
)
_MATERIALS = word_set("named_lines_materials")
_KINDS = frozenset("battant battants coulissant coulissants coulissante ouvrant fixe suspendu mural encastre".split())
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?) ?([a-zA-Z]+)")


def change_named(session: Session, part: Part) -> bool:
    """Reads the part; True when it became commands."""
    items = [session.items[i] for i in part.indexes]
    if session.only_asks(part.first):
        return False
    valued = any(i.numeric or i.kind == "percent" for i in items)
    items = [i for i in items if i.kind != "percent" or _is_rate(session, i)]
    if _either(session, part, items):
        return True
    args = _changes(session, part, items) if valued else _said_before(session, part, items)
    args = {**_wording(session, part), **args}
    if args:
        _claim(session, part, "update_line_item", {str(value) for value in args.values()})
        session.emit(
            "update_line_item", {"match": _named(session, part), **args}, part.indexes[0], part.indexes[-1] + 1
        )
        return True
    if not valued and _goes(session, part, items):
        session.claim(part.indexes[0], part.indexes[-1] + 1, "remove_line_item")
        session.emit("remove_line_item", {"match": _named(session, part)}, part.first, part.indexes[-1] + 1)
        return True
    return False


def merged(session: Session, items: Sequence[Item]) -> LineReading:
    """All numbers of a stretch as those of one line."""
    reading = LineReading([])
    for piece in lines.cut(list(items), session.lexicon):
        reading.quantity = reading.quantity or piece.quantity
        reading.price = reading.price or piece.price
        reading.total = reading.total or piece.total
        reading.vat = reading.vat or piece.vat
        reading.words += piece.words
    return reading


def until_contrast(items: Sequence[Item]) -> list[Item]:
    """ "des fenêtres alu pas pvc": the words before what it is not."""
    kept: list[Item] = []
    for item in items:
        if item.key in _CONTRASTS and kept:
            break
        kept.append(item)
    return kept


def _named(session: Session, part: Part) -> str:
    return describe(session, session.items[part.first : part.last])


def _claim(session: Session, part: Part, label: str, used: set[str] | None = None) -> None:
    """Explains the name, the numbers and the words that only change something; others stay unexplained."""
    for index in part.indexes:
        item = session.items[index]
        if used is not None and item.numeric and item.value is not None and number_text(item.value) not in used:
            continue  # a second number that changes nothing: he is told that it was not understood
        if part.first <= index < part.last or item.kind != "word" or item.key in VERBS | _SAME:
            session.claim(index, index + 1, label)


def _changes(session: Session, part: Part, items: Sequence[Item]) -> dict[str, Any]:
    denied = {id(b) for a, b in pairwise(session.items) if a.key in _DENYING and b.numeric}
    for item in items:
        if part.line is not None and part.line.unit == "ml" and item.unit == "ml":
            item.facts.pop("length", None)  # "3m60" of what is sold by the metre is its quantity
    reading = merged(session, [i for i in items if id(i) not in denied])
    quantity = reading.quantity
    if quantity is not None and quantity.kind == "number" and reading.price is None and reading.total is None:
        place = session.items.index(quantity) + 1
        place += session.items[place].key in ("seul", "seule") if place < len(session.items) else 0
        if place != part.first and quantity.replaces is None:
            reading.quantity, reading.price = None, quantity  # "ponçage 30": whichever value it is near
    price = reading.price
    if price is not None and price.kind == "number" and session.items.index(price) + 2 == part.first:
        price.marked = price.replaces is None  # "trente le ponçage": a price
    return change(session, reading, part.line)


def _is_rate(session: Session, item: Item) -> bool:
    """ "à 10 %", "10 % de TVA"; "10 % sur la faïence" may be a discount: it is left unexplained."""
    at = session.items.index(item)
    around = [i.key for i in session.items[max(0, at - 2) : at]] + [i.key for i in session.items[at + 1 : at + 3]]
    return bool(_RATE_WORDS.intersection(around)) or item.text.lower().startswith(("à", "a "))


def _either(session: Session, part: Part, items: Sequence[Item]) -> bool:
    """A lone bare number that may be the quantity as well as the price: nothing is changed, he is asked."""
    numbers = [i for i in items if i.numeric]
    line = part.line
    if len(numbers) != 1 or line is None or numbers[0].kind != "number" or numbers[0].marked or numbers[0].replaces:
        return False
    quantity, price, value = amount(line.quantity), amount(line.unit_price), numbers[0].value
    if not quantity or not price or not value or quantity == 1:
        return False
    far = [max(value / held, held / value) for held in (quantity, price)]
    return max(far) < _NEAR and session.items.index(numbers[0]) >= part.last


def _said_before(session: Session, part: Part, items: Sequence[Item]) -> dict[str, Any]:
    """ "45 m² et la dépose pareil": the value said just before."""
    if not any(i.key in _SAME for i in items):
        return {}
    first, _ = session.clause(part.first)
    before = next((i for i in reversed(session.items[first : part.indexes[0]]) if i.numeric), None)
    if before is None or before.value is None:
        return {}
    if before.kind == "quantity":
        return {"quantity": number_text(before.value), "unit": before.unit}
    return {"unit_price": number_text(before.value)} if before.kind == "money" else {}


def _goes(session: Session, part: Part, items: Sequence[Item]) -> bool:
    """ "la faïence on la met pas", "sans la porte", "l'échafaudage tu l'enlèves"."""
    said = " " + " ".join(i.key for i in items) + " "
    if _UNSURE.search(said):
        return False
    start = part.first
    while start and session.items[start - 1].key in session.lexicon.words["articles"]:
        start -= 1
    before = session.items[start - 1].key if start else ""
    tail = [i.key for i in session.items[part.last : part.indexes[-1] + 1] if i.kind == "word"]
    refused = before in ("pas", "plus") and (start < 2 or session.items[start - 2].key not in ("en", "de"))
    return bool(_DROPPED.search(said)) or before in _LEFT_OUT or refused or tail in (["non"], ["c", "est", "non"])


def _wording(session: Session, part: Part) -> dict[str, Any]:
    """ "le tableau c'est un 4 rangées", "le plan de travail en quartz", "une paroi de 140 cm": another designation."""
    after = session.items[part.last : part.indexes[-1] + 1]
    said = " " + " ".join(i.key for i in after) + " "
    found = _NEW_WORDING.match(said)
    if found is None:
        return _in_material(session, part, after) or _sized(part, after)
    words = []
    for item in until_contrast(after[len(found.group().split()) :]):
        if item.marked or item.kind in ("percent", "mode") or item.key in ("a", "pour"):
            break
        words.append(item)
    text = re.sub(r"^(?:une?|des) ", "", describe(session, words, digits=True))
    if not text or all(i.numeric for i in words):
        return {}
    own = words[0].kind == "word" and is_trade(words[0].key) and words[0].key not in _KINDS
    for item in words:
        item.claimed = item.claimed or "update_line_item"
    return {"description": text if own else f"{_named(session, part)} {text}"}


def _in_material(session: Session, part: Part, after: Sequence[Item]) -> dict[str, Any]:
    """ "… en quartz": what the thing is made of, when the line says nothing of it."""
    known = fold(part.line.description) if part.line else ""
    for before, item in pairwise(after):
        if before.key == "en" and item.key in _MATERIALS and item.key not in known:
            session.claim(session.items.index(before), session.items.index(item) + 1, "update_line_item")
            return {"description": f"{_named(session, part)} {item.text}"}
    return {}


def _sized(part: Part, after: Sequence[Item]) -> dict[str, Any]:
    """ "une paroi de 140 cm" for "Paroi verre 120 cm": the size in the designation changes."""
    designation = part.line.description if part.line else ""
    sizes = {unit.lower(): number for number, unit in _SIZE.findall(designation)}
    for item in after:
        new = _SIZE.fullmatch(item.text) if item.kind == "dimension" else None
        held = sizes.get(new[2].lower()) if new else None
        if new and held and held != new[1]:
            item.claimed = item.claimed or "update_line_item"
            return {"description": designation.replace(held, new[1], 1)}
    return {}


def new_words(line: LineView | None, text: str) -> str:
    """The words a line gets: "son satıra nakliye dahil yaz" adds what is included to those it has."""
    added = line is not None and fold(text).split()[-1:] in (["dahil"], ["haric"])
    return f"{line.said or line.description} {text}" if line is not None and added else text
