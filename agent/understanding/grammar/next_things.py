"""Where one segment names two things and only one price ("gouttière 16 ml, descente 2 u à 85"): a line without a price.

The thing before it has no price yet and is asked about; where the words may as well go on about the first thing
("carrelage 30 m², pose collée, 55") the price is taken with a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import Lexicon
from agent.understanding.grammar.turkish_trade import is_turkish_trade

if TYPE_CHECKING:
    from agent.understanding.grammar.line_reading import LineReading

_ANOTHER, _UNCUT = 3.5, 2.0
_DEAREST = {"j": Decimal(700), "h": Decimal(150)}
"""EUR from which a price without "à" is hardly for one day or one hour of work or hire."""
_WITHIN = frozenset("/-–:")
_JOINS = frozenset("et ve puis".split())
_OF = frozenset("de d du des x par sur en à a".split())


def cost(line: LineReading, items: Sequence[Item], lexicon: Lexicon) -> float:
    """What it costs to read the segment as one line; sets a doubt where it stays possible."""
    price = line.price or line.total
    if price is None:
        return 0.0
    at = next((i for i, item in enumerate(items) if item is price), len(items))
    measured = [i for i, item in enumerate(items[:at]) if item.kind == "quantity" and item.unit is not None]
    if not measured or any(item.numeric and item.marked for item in items[:at]):
        return 0.0
    return _after_mark(line, items, measured[0], at, lexicon) or _without_mark(line, items, measured, lexicon)


def counts(items: Sequence[Item], following: Item | None, lexicon: Lexicon) -> bool:
    """ "…16 ml, deux | descentes à 85": after a comma a small number counts what comes next."""
    number = items[-1]
    if following is None or following.kind != "word" or len(items) < 3 or number.marked or not 0 < number.whole <= 60:
        return False
    if items[-2].separator and following.key in ("de", "d"):
        return True  # "10 m² de carrelage, 2 | de faïence"
    small = lexicon.words["qualifiers"] | lexicon.fr["articles"] | lexicon.words["connectors"]
    return (items[-2].separator or items[-2].key in _JOINS) and following.key not in small | lexicon.words["fillers"]


def assembled(line: LineReading, lexicon: Lexicon) -> bool:
    """A designation of two things with a mark between them ("escalier bois, rampe 4 ml à 95"): one may be a line."""
    numbers = [i for i, item in enumerate(line.items) if item.numeric]
    if not numbers:
        return False
    named = line.items[: numbers[0]]
    for index in range(1, len(named) - 1):
        mark = named[index]
        if mark.separator and mark.key not in _WITHIN and mark.key not in "()+":
            after = [i for i in named[index + 1 :] if i.kind == "word" and i.key not in _skipped(lexicon)]
            if (
                after
                and _thing(after[0], lexicon)
                and any(_thing(i, lexicon) for i in named[:index] if i.kind == "word")
            ):
                return True
    return False


def number_in_words(line: LineReading) -> bool:
    """A bare number left in the designation beside a price: it may be the price, or count something."""
    for index, (number, after) in enumerate(zip(line.items, [*line.items[1:], None], strict=True)):
        if line.price is None or not any(number is word for word in line.words):
            continue
        if number.kind == "money" or number.case in ("abl", "dist"):
            return True  # "3 saat 50den parça 85": another price
        before = line.items[index - 1].key if index else ""
        if number.kind == "quantity" and number.unit in ("h", "j"):
            return True  # "2 fois 3 h à 50"
        if number.kind == "number" and (after is None or not after.is_word or (before in _JOINS and index)):
            return True  # "3 chambres" counts what follows; "1350 480" may be two prices
    return False


def dear_time(line: LineReading) -> bool:
    """ "échafaudage 15 jours 900": more than a day or an hour costs, and nothing says for what: it may be all of it."""
    quantity, price = line.quantity, line.price
    if quantity is None or price is None or price.value is None or quantity.value is None or quantity.value <= 1:
        return False
    said = price.per or price.facts.get("at") or price.case or price.global_price
    limit = _DEAREST.get(quantity.unit or "")
    return limit is not None and not said and price.value > limit


def two_measures(line: LineReading) -> bool:
    """ "2,5 metre sıva 10 m2 28den": two measures and one price, which may be for either."""
    measures = [i for i, item in enumerate(line.items) if item.kind == "quantity" and not item.facts.get("length")]
    if len(measures) < 2 or line.price is None:
        return False
    one, other = measures[:2]
    between = [item.key for item in line.items[one + 1 : other]]
    return line.items[one].unit != line.items[other].unit and not set(between[:1]) & _OF and bool(between)


def cut_short(line: LineReading, items: Sequence[Item]) -> bool:
    """A measured thing without a price that neither a mark nor "et" ends ("chambre 11 m² | sol 30 m² murs")."""
    if line.price is not None or line.total is not None:
        return False
    after = next(i for i, item in enumerate(items) if item is line.items[-1]) + 1
    return after < len(items) and not items[after].separator and items[after].key not in _JOINS


def _after_mark(line: LineReading, items: Sequence[Item], first: int, at: int, lexicon: Lexicon) -> float:
    """After the measure of one thing a comma (or "et"), then words, then the price."""
    for index in range(first + 1, at - 1):
        mark = items[index]
        joined = mark.key in _JOINS and (items[index - 1] is items[first] or items[index + 1].numeric)
        if not (mark.separator and mark.key not in _WITHIN) and not joined:
            continue
        words = [i for i in items[index + 1 : at] if i.kind == "word" and i.key not in _skipped(lexicon)]
        if not words or not any(i.is_word for i in items[:index]):
            continue
        if any(i.kind == "quantity" or i.kind == "number" for i in items[index + 1 : at]):
            return _ANOTHER
        if words[0].key in lexicon.words["works"] | lexicon.words["qualifiers"]:
            line.doubt = line.doubt or (None if _only_qualifies(words, lexicon) else "uncertain")
        elif mark.separator and _thing(words[0], lexicon):
            return _ANOTHER
        else:
            line.doubt = line.doubt or "uncertain"
    return 0.0


def _without_mark(line: LineReading, items: Sequence[Item], measured: Sequence[int], lexicon: Lexicon) -> float:
    """ "gouttière 16 ml descente 2 u à 85": each measure stands after the noun it measures."""
    if len(measured) < 2 or not measured[0] or not items[measured[0] - 1].is_word:
        return 0.0
    between = items[measured[0] + 1 : measured[1]]
    words = [i for i in between if i.kind == "word" and i.key not in lexicon.words["fillers"]]
    if not words or words[0].key in _OF or words[0].key in lexicon.words["qualifiers"]:
        return 0.0
    line.doubt = line.doubt or "uncertain"
    return _UNCUT if _thing(words[0], lexicon) else 0.0


def _thing(word: Item, lexicon: Lexicon) -> bool:
    known = word.key in lexicon.words["things"] or is_turkish_trade(word.key)
    return known and word.key not in lexicon.words["works"]


def _only_qualifies(words: Sequence[Item], lexicon: Lexicon) -> bool:
    return all(word.key in lexicon.words["qualifiers"] | lexicon.words["connectors"] for word in words)


def _skipped(lexicon: Lexicon) -> frozenset[str]:
    return lexicon.words["fillers"] | lexicon.words["articles"]
