"""One segment of a message read as a line: which number is the quantity, which the price, what is the designation.

``read_segment`` gives every segment a cost; ``lines`` picks the cheapest way to cut a message into segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from agent.understanding.grammar import next_things, object_sizes
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import Lexicon, word_set

# Costs, relative: a number that must be explained away is worse than an unusual word order, better than a lost line.
NO_PRICE, _NO_WORDS, _TWO_PRICES, _EXTRA_NUMBER = 2.5, 4.0, 10.0, 0.8
_WORDS_AFTER_PRICE, _PRICE_FIRST, _SOFT_INSIDE, _HARD_INSIDE = 1.0, 0.7, 0.3, 3.0
_PIECES = word_set("line_reading_pieces")
_INCLUDED = frozenset("inclus incluse incluses compris comprise comprises".split())
_SAME_UNIT = 2.0  # "placo 25 m² | bandes 25 m²"
_TOTAL_FIRST = 2.0
_FOR_WHAT = 1.5
_COUNT_AND_PRICE = 2.0  # "mitigeur cinq | à cent quarante-cinq": how many, and the price of each
_WHOLE_ALONE = 0.6  # "le tout 500": a segment by itself, the sum of the lines before it
_MODE_WORDS = word_set("line_reading_mode_words")
INCLUDED = frozenset("dahil haric icinde inclus incluse incluses compris comprise comprises".split())
"""Words that end a remark about the price before it ("boya dahil")."""
_REMARK = 3


@dataclass(slots=True)
class LineReading:
    """A segment read as a line; items are references into the session.

    ``heading``: the words of the surface announced before it; ``shared``: it is such a surface and no line itself.
    """

    items: list[Item]
    words: list[Item] = field(default_factory=list)
    before_quantity: list[Item] = field(default_factory=list)
    quantity: Item | None = None
    price: Item | None = None
    total: Item | None = None
    vat: Item | None = None
    mode: str | None = None
    cost: float = 0.0
    doubt: str | None = None
    inherited_quantity: Decimal | None = None
    inherited_unit: str | None = None
    work: str | None = None
    topic: str | None = None
    heading: list[Item] = field(default_factory=list)
    shared: bool = False
    add: bool = False


def read_segment(items: Sequence[Item], lexicon: Lexicon, following: Item | None = None) -> LineReading:
    """The best reading of a segment and its cost; ``following`` is the item after it in the message."""
    line = LineReading(list(items))
    numerics = [item for item in items if item.numeric]
    for item in items:
        if item.kind == "percent" and not _of_a_discount(items, item):
            line.vat = item
        elif item.kind == "mode":
            line.mode = item.mode
    _assign(line, numerics, items, lexicon)
    noun = _counted_pieces(line, items, lexicon)
    assigned = {id(x) for x in (line.quantity, line.price, line.total, line.vat) if x is not None}
    for item in items:
        if item.is_word or (item.numeric and id(item) not in assigned):
            if noun is not None and item is line.quantity:
                line.words.append(noun)
            if (item.is_word and _empty(item, lexicon)) or item is line.quantity:
                continue
            line.words.append(item)
    _score(line, items, assigned, lexicon)
    if line.mode and not numerics and all(w.key in _MODE_WORDS for w in line.words):
        line.words, line.cost = [], 0.0  # "prix TTC", "hepsi KDV dahil": said of all lines
        return line
    line.cost += _cut_before_noun(line, items, following, lexicon)
    return line


def _of_a_discount(items: Sequence[Item], percent: Item) -> bool:
    """ "yüzde 10 indirimle", "10 % de remise": no rate."""
    after = [i.key for i in items[items.index(percent) + 1 :]][:2]
    return any(key.startswith(("indirim", "iskonto", "remise", "rabais", "ristourne")) for key in after)


def _cut_before_noun(line: LineReading, items: Sequence[Item], following: Item | None, lexicon: Lexicon) -> float:
    """ "pose de 14 | caissons": a small unmarked price that the next word would count is hardly a price."""
    price = line.price
    if price is None or price is not items[-1] or price.kind != "number" or following is None:
        return 0.0
    if following.facts.get("at"):
        return _COUNT_AND_PRICE
    if following.kind != "word":
        return 0.0
    if next_things.counts(items, following, lexicon):
        return 3.0
    if (
        (line.quantity is not None and line.quantity.unit not in ("u", None))
        or price.facts.get("same")
        or following.key in lexicon.fr["articles"]
        or following.key in lexicon.words["connectors"]
    ):
        return 0.0
    if (
        price.value is not None
        and (price.value <= 30 or price.value != int(price.value))
        and following.key not in lexicon.words["works"]
    ):
        return 1.2
    return 0.1


def _empty(item: Item, lexicon: Lexicon) -> bool:
    return item.kind == "word" and item.key in lexicon.words["fillers"]


def _assign(line: LineReading, numerics: list[Item], items: Sequence[Item], lexicon: Lexicon) -> None:
    totals = [n for n in numerics if n.total]
    prices = [n for n in numerics if n.marked and not n.total]
    bare = [n for n in numerics if n.kind == "number" and not n.marked and not n.total]
    quantities = [n for n in numerics if n.kind == "quantity" and not (n.marked and _priced_quantity(n, numerics))]
    prices = [p for p in prices if p not in quantities]
    line.total = totals[0] if totals else None
    line.cost += _TWO_PRICES * max(0, len(totals) - 1)
    if len(prices) > 1:
        line.cost += _TWO_PRICES * (len(prices) - 1)
    if prices:
        line.price = prices[0]
    if prices and totals and _words_between(items, prices[0], totals[0], lexicon):
        line.cost += _TWO_PRICES  # "kalfa üç gün 185'ten malzeme hepsi 1400": two lines
    lengths = [q for q in quantities if q.facts.get("length")]
    by_length = line.price is not None and (line.price.per == "ml" or line.price.case == "abl")
    if lengths and (not by_length or len(quantities) > 1) and not object_sizes.sold_whole(items, bare, lengths):
        quantities = [q for q in quantities if not q.facts.get("length")]  # "poteau 2m50 120": a dimension
    if quantities:
        line.quantity = _choose_quantity(quantities, line.price)
        shared = line.total is not None or (line.price is not None and line.price.global_price)
        line.cost += (3.7 if shared else 1.2) * (len(quantities) - 1)
        line.cost += _SAME_UNIT * (len(quantities) - len({q.unit for q in quantities}))
    position = {id(item): index for index, item in enumerate(items)}
    if line.price is None and line.total is None and bare:
        line.price = _bare_price(bare, items, position, line, lexicon)
    if object_sizes.of_one(items, line.quantity, line.price):
        line.quantity = None
    counts = [n for n in bare if n is not line.price]
    if line.quantity is None and counts and (line.price or line.total):
        count = next((c for c in counts if items[position[id(c)] + 1 :][:1] == [line.price]), counts[0])
        if _countable(count, items, position, line):
            line.quantity = count
            line.cost += _count_cost(count, items, position, lexicon)
            counts = [c for c in counts if c is not count]
    elif line.quantity is None and counts and line.price is None and not _of_a_noun(counts[0], items):
        line.quantity, counts = counts[0], counts[1:]
    counts = [count for count in counts if not _of_a_noun(count, items)]
    line.cost += sum(_extra_cost(count, items, position) for count in counts)
    for count in counts:
        if line.quantity is None or line.quantity.unit == "u" or count.value is None or position[id(count)] == 0:
            line.cost += 1.0
        if line.price is not None and line.price.kind == "number" and line.quantity is not count:
            line.cost += 1.0


def _words_between(items: Sequence[Item], one: Item, other: Item, lexicon: Lexicon) -> bool:
    first, last = sorted((items.index(one), items.index(other)))
    between = items[first + 1 : last]
    return one.start < other.start and any(
        i.kind == "word" and not _empty(i, lexicon) and i.key not in lexicon.words["articles"] for i in between
    )


def _counted_pieces(line: LineReading, items: Sequence[Item], lexicon: Lexicon) -> Item | None:
    """ "mutfak dolabı montajı 9 modül 40tan": a price each makes the pieces a quantity.

    Where no noun stands before them ("3 marches à 120") the pieces are what is sold: their noun is returned.
    """
    price = line.price
    if line.quantity is not None or price is None or price.global_price:
        return None
    each = price.case in ("abl", "dist") or price.per == "u"
    opening = next((i for i in items if i.kind != "word" or not _empty(i, lexicon)), None)
    for item in items:
        noun = item.text.split()[-1] if item.kind == "dimension" else ""
        if item.value is None or fold(noun) not in _PIECES:
            continue
        in_front = item is opening and item.whole > 1 and price.marked
        if each or in_front:
            line.quantity = item
            start = item.end - len(noun)
            return replace(item, kind="word", key=fold(noun), text=noun, start=start, value=None) if in_front else None
    return None


def _extra_cost(number: Item, items: Sequence[Item], position: dict[int, int]) -> float:
    """A number left in the designation: natural before a noun or in decimals, less so for a small number by itself."""
    index = position[id(number)]
    if index + 1 < len(items) and items[index + 1].kind == "word":
        return _EXTRA_NUMBER
    if number.value is not None and (number.value != int(number.value) or number.value >= 60):
        return _EXTRA_NUMBER
    return _EXTRA_NUMBER * 2


def _priced_quantity(item: Item, numerics: list[Item]) -> bool:
    """ "à 35 m²" beside another quantity is a price per m²."""
    return any(other.kind == "quantity" and other is not item for other in numerics)


def _choose_quantity(quantities: list[Item], price: Item | None) -> Item:
    if price is not None and price.per:
        for quantity in quantities:
            if quantity.unit == price.per:
                return quantity
    return quantities[0]


def _bare_price(
    bare: list[Item], items: Sequence[Item], position: dict[int, int], line: LineReading, lexicon: Lexicon
) -> Item | None:
    """Among unmarked numbers the last is the price, unless it counts the noun after it ("3 portes")."""
    last = bare[-1]
    if last.facts.get("ordinal"):
        return None
    index = position[id(last)]
    if _of_a_noun(last, items):
        return None
    following = [i for i in items[index + 1 :] if i.is_word and not _empty(i, lexicon)]
    before = [i for i in items[:index] if i.is_word and not _empty(i, lexicon)]
    if len(bare) == 1 and line.quantity is None and following and not before:
        article = items[index + 1].key in lexicon.fr["articles"] if index + 1 < len(items) else False
        small = last.value is not None and last.value < 30 and last.value == int(last.value)
        if small and not article:
            line.cost += 0.2
            return None
        line.cost += _PRICE_FIRST if article else 1.5
    if len(bare) == 1 and line.quantity is None and following and before and last.value is not None and last.value < 30:
        line.cost += 0.4
    return last


def _of_a_noun(number: Item, items: Sequence[Item]) -> bool:
    """ "réfection de 2 bancs": a number of the thing named, not a price."""
    index = next(i for i, item in enumerate(items) if item is number)
    before = items[index - 1].key if index else ""
    after = items[index + 1] if index + 1 < len(items) else None
    return after is not None and after.kind == "word" and before in ("de", "d", "des")


def _countable(count: Item, items: Sequence[Item], position: dict[int, int], line: LineReading) -> bool:
    if count.value is None or count.value != int(count.value) or count.value > 2000 or count.facts.get("ordinal"):
        return False
    index = position[id(count)]
    price = line.price or line.total
    before_whole = index + 1 < len(items) and items[index + 1] is price and (line.total or price.global_price)
    if before_whole and count.value > 30:
        return False  # "lavabo 180, le tout 500": 180 is a price
    return not (
        price is not None and position[id(price)] < index and index + 1 < len(items) and items[index + 1].is_word
    )


def _count_cost(count: Item, items: Sequence[Item], position: dict[int, int], lexicon: Lexicon) -> float:
    """How odd it is that this number counts things: large, or an article after it ("780 la pose")."""
    index = position[id(count)]
    following = items[index + 1] if index + 1 < len(items) else None
    before = any(i.is_word and not _empty(i, lexicon) and i.key not in lexicon.words["works"] for i in items[:index])
    after = following is not None and following.kind == "word"
    cost = 0.0
    if following is not None and following.kind == "word" and following.key in lexicon.fr["articles"] | {"et", "ve"}:
        cost += 3.0
    any_before = any(i.is_word and not _empty(i, lexicon) for i in items[:index])
    if before and after:
        cost += 0.3 if count.value is not None and count.value <= 40 else 2.8
    elif any_before and after and count.value is not None and count.value > 12:
        cost += 0.5 if count.value <= 30 else 1.5
    elif count.value is not None and count.value > 150:
        cost += 2.0
    return cost


def _score(line: LineReading, items: Sequence[Item], assigned: set[int], lexicon: Lexicon) -> None:
    if all(w.kind == "word" and w.key in lexicon.words["articles"] for w in line.words):
        whole = line.total is not None or (line.price is not None and line.price.global_price)
        line.cost += _NO_WORDS if not whole or line.quantity is not None else _WHOLE_ALONE
        if line.price is None and line.total is None:
            line.cost += 1.0
    if line.price is None and line.total is None:
        line.cost += NO_PRICE
    seen_price = seen_words = False
    remark = _remark_after(line, items)
    for index, item in enumerate(items):
        if item is line.price or (
            item is line.total and line.price is None and items[index + 1 : index + 2] and items[index + 1].separator
        ):
            seen_price = True
            if index == 0 and item.kind == "money":
                line.cost += _PRICE_FIRST
        elif item is line.quantity and seen_price and seen_words:
            line.cost += 0.7
        elif item.is_word and not _empty(item, lexicon) and item.key not in ("alors", "donc"):
            if seen_price and item.kind == "dimension" and item.facts.get("duration"):
                continue
            if seen_price and seen_words:
                plain = item.key in lexicon.words["qualifiers"] | {"avec"} or remark
                line.cost += 0.0 if plain else _WORDS_AFTER_PRICE
                seen_words = False  # once
            elif not seen_price:
                seen_words = True
        elif item.key in ("alors", "donc", ":") and seen_words and not seen_price and index < len(items) - 2:
            named_after = items[index + 1].numeric and items[index + 2].kind == "word" and item.key == ":"
            line.cost += 2.7 if items[index + 1].is_word or named_after else 0.3
        elif item.hard and 0 < index < len(items) - 1:
            if seen_words and items[index + 1].is_word:
                line.cost += 1.0
            line.cost += _HARD_INSIDE if item.key != "\n" else _HARD_INSIDE - 0.5
            if seen_price:
                line.cost += 2.0
        elif item.separator and 0 < index < len(items) - 1:
            line.cost += _SOFT_INSIDE + (1.5 if seen_price else 0.0)
        elif (
            item.kind == "word"
            and item.key in ("et", "ve", "puis", "ensuite", "bide")
            and (seen_price or item.key == "bide")
            and index < len(items) - 1
        ):
            line.cost += 1.0 if seen_price else 3.0
    if _ends_in_qualifier(items):
        line.cost += 2 * _FOR_WHAT
    line.cost += next_things.cost(line, items, lexicon)
    if items[0].key == "pour" and _closed_before_number(items):
        line.cost += _FOR_WHAT
    if line.total is not None and line.price is not None and line.total.start < line.price.start:
        line.cost += _TOTAL_FIRST  # "bloc porte 190 les deux | peinture 34 m² à 13"
    quantity = line.quantity
    if quantity is not None:
        index = items.index(quantity)
        line.before_quantity = [i for i in line.words if i.start < items[index].start]


def _ends_in_qualifier(items: Sequence[Item]) -> bool:
    """ "… 78 | treillis inclus, et bande de coffrage 18 ml": what is included belongs to the line before."""
    stop = next((i for i, item in enumerate(items) if item.separator or item.numeric), len(items))
    return 0 < stop < len(items) and items[stop].separator and items[stop - 1].key in _INCLUDED


def _closed_before_number(items: Sequence[Item]) -> bool:
    """ "… à 240 la journée | pour la démolition, 2 bennes…": the words after "pour" belong to the line before."""
    stop = next((i for i, item in enumerate(items) if item.separator or item.numeric), len(items))
    return 1 < stop < len(items) and items[stop].separator


def _remark_after(line: LineReading, items: Sequence[Item]) -> bool:
    """ "210'dan boyası dahil": what follows the price says what it includes."""
    price = line.price or line.total
    if price is None or price not in items:
        return False
    after = [item for item in items[items.index(price) + 1 :] if item.kind == "word" and item.key != "et"]
    return 1 < len(after) <= _REMARK and after[-1].key in INCLUDED


def looks_like_total(line: LineReading) -> bool:
    """ "terrasse 20 m² 3200": an unmarked price far above any price per m² is the price of the whole line."""
    price, quantity = line.price, line.quantity
    return (
        price is not None
        and not (price.per or price.facts.get("at") or price.case or price.global_price)
        and price.value is not None
        and quantity is not None
        and quantity.unit in ("m²", "ml", "m³", "kg", "l")
        and (quantity.value or 0) > 1
        and price.value >= object_sizes.TOTAL_PER_UNIT
    )
