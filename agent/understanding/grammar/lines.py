"""Line assembly: numbers, units, prices and words of a message cut into priced lines.

The cut is the cheapest one (dynamic programming over the places where a line can end); then lines inherit what was
said once for several: the surface ("les murs 85 m² préparation 9 et peinture 18"), the work, the topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import Lexicon, word_set
from agent.understanding.grammar.line_reading import INCLUDED, LineReading, read_segment
from agent.understanding.grammar.turkish_trade import is_turkish_work

_MAX_NUMBERS = 5
_TOO_MANY = 150
_SEGMENT_COST = 0.05
_SQUARE_WORKS = frozenset("sarking isolation bardage couverture tuile tuiles izolasyon kiremit enduit peinture".split())
_PAINTED_AT_MOST = 90
_PER_METRE = Decimal(100)
"""The highest price of a work that may be for one metre of an announced surface, EUR."""
_WHOLE_JOBS, _COVERINGS = word_set("lines_whole_jobs"), word_set("lines_coverings")
_OPENERS = frozenset("et puis ensuite alors donc ve bide plus sinon apres pis".split())


def cut(items: Sequence[Item], lexicon: Lexicon) -> list[LineReading]:
    """The cheapest way to read a run of unclaimed items as lines."""
    if sum(1 for item in items if item.numeric) > _TOO_MANY:
        return []  # a table of figures pasted in: not lines that somebody said
    places = _boundaries(items)
    for mark, item in pairwise(items):
        if mark.key == ":":
            item.facts["announced"] = "yes"
    best: list[tuple[float, int, LineReading | None]] = [(float("inf"), 0, None) for _ in places]
    best[0] = (0.0, 0, None)
    for right in range(1, len(places)):
        numbers = 0
        for left in range(right - 1, -1, -1):
            piece = items[places[left] : places[right]]
            numbers = sum(1 for item in piece if item.numeric)
            if numbers > _MAX_NUMBERS or right - left > 14:
                break
            following = items[places[right]] if places[right] < len(items) else None
            reading = _trimmed(piece, lexicon, following)
            cost = best[left][0] + (reading.cost + _SEGMENT_COST if reading else 0.0)
            if cost < best[right][0]:
                best[right] = (cost, left, reading)
    out: list[LineReading] = []
    index = len(places) - 1
    while index > 0:
        _, previous, reading = best[index]
        if reading is not None:
            out.append(reading)
        index = previous
    return out[::-1]


def _trimmed(piece: Sequence[Item], lexicon: Lexicon, following: Item | None) -> LineReading | None:
    first, last = 0, len(piece)
    while first < last and (piece[first].kind == "mark" or piece[first].key in _OPENERS):
        first += 1
    while last > first and piece[last - 1].kind == "mark":
        last -= 1
    if first == last:
        return None
    return read_segment(piece[first:last], lexicon, following if last == len(piece) else None)


def _boundaries(items: Sequence[Item]) -> list[int]:
    """Where a line can end: around numbers, at separators and connecting words."""
    places = {0, len(items)}
    for index, item in enumerate(items):
        if item.numeric:
            places.update((index, index + 1))
        elif item.kind in ("percent", "mode"):
            places.add(index + 1)
        elif item.separator:
            places.update((index, index + 1))
        elif item.key in _OPENERS or item.key in ("bi", "avec"):
            places.add(index)
        elif (item.key in INCLUDED and index + 1 < len(items)) or item.facts.get("duration"):
            places.add(index + 1)
    return sorted(places)


def inherit(lines: list[LineReading], lexicon: Lexicon, voice: bool) -> None:
    """Fills what was said once for several lines: quantity, unit, work; marks what was assumed."""
    surface: Item | None = None
    shared: LineReading | None = None
    work: str | None = None
    squares: set[Decimal] = set()
    _share_heading(lines, lexicon)
    measured: LineReading | None = None
    for line in lines:
        quantity = line.quantity
        if (
            quantity is not None
            and quantity.unit == "ml"
            and (voice or (quantity.spelled and any(w.key in _SQUARE_WORKS for w in line.words)))
            and quantity.value in squares
            and not quantity.facts.get("sure")
        ):
            line.inherited_unit, line.doubt = "m²", line.doubt or "unit_assumed"
        if quantity is not None and quantity.unit == "m²" and quantity.value is not None:
            squares.add(quantity.value)
        _take_quantity(line, surface, shared, lexicon)
        if measured is not None and line.inherited_quantity is not None and _same_words(line, measured):
            measured.shared = True  # "30 m² de murs, murs 15 le m²": one line, measured first and priced afterwards
        _take_work(line, work, lexicon)
        if quantity is not None and quantity.unit in ("m²", "ml", "m³"):
            surface, measured = quantity, line if line.price is None and line.total is None else None
            shared = line if line.price is not None and _announced(line, lexicon) else None
        elif line.inherited_quantity is None:
            shared = None
        named = _work_of(line, lexicon)
        work = named or work


def _same_words(one: LineReading, other: LineReading) -> bool:
    return bool(one.words) and {w.key for w in one.words} == {w.key for w in other.words}


def _share_heading(lines: list[LineReading], lexicon: Lexicon) -> None:
    """ "dış cephe 130 m2: yıkama 4, astar 5, boya 19": a surface without a price, then prices without a surface."""
    for place, head in enumerate(lines):
        surface = head.quantity
        if surface is None or surface.unit not in ("m²", "ml") or head.price or head.total or not head.words:
            continue
        works = []
        for line in lines[place + 1 :]:
            if not _work_at_a_price(line, lexicon):
                break
            works.append(line)
        announced = bool(works) and works[0].items[0].facts.get("announced") == "yes"
        if len(works) < (1 if announced else 2):
            continue
        head.shared = True
        for line in works:
            line.inherited_quantity, line.inherited_unit = surface.value, surface.unit
            line.heading = head.words
            line.doubt = line.doubt or (None if announced else "quantity_assumed")


def _work_at_a_price(line: LineReading, lexicon: Lexicon) -> bool:
    """A work with a price that a square metre may cost and no quantity of its own."""
    price = line.price
    if price is None or price.value is None or line.quantity is not None or line.total or price.global_price:
        return False
    worked = any(_is_work(word, lexicon) for word in line.words) and not any(w.key in _WHOLE_JOBS for w in line.words)
    return worked and price.value <= _PER_METRE and price.per in (None, "m²", "ml")


def _take_quantity(line: LineReading, surface: Item | None, shared: LineReading | None, lexicon: Lexicon) -> None:
    """A price per m² without a quantity, or a second work on the same announced object, takes the quantity before it."""
    if line.quantity is not None or line.price is None or surface is None or surface.value is None or line.heading:
        return
    same = any(item.facts.get("same") for item in line.items)
    per = line.price.per
    if same or (per in ("m²", "ml") and (surface.unit == per or per == "ml")):
        line.inherited_quantity, line.inherited_unit = surface.value, surface.unit
        line.doubt = None if same else line.doubt or "quantity_assumed"
        return
    if shared is None or shared.price is None or line.price.global_price or (line.price.kind == "money" and per):
        return
    if any(w.key in _WHOLE_JOBS for w in line.words):
        return
    work_first = any(_is_work(w, lexicon) for w in line.words[:2])
    announced = _announced(shared, lexicon)
    after = [w for w in shared.words if w not in announced]
    on_object = any(_is_work(w, lexicon) for w in after) and not any(
        _is_work(w, lexicon) and w.key not in lexicon.words["surfaces"] for w in announced
    )
    small = (
        line.price.value is not None
        and shared.price.value is not None
        and line.price.value <= max(shared.price.value * 6, Decimal(60))
    )
    if work_first and on_object and small:
        line.inherited_quantity, line.inherited_unit = surface.value, surface.unit
        line.heading = shared.before_quantity
        line.doubt = line.doubt or (None if shared.before_quantity else "quantity_assumed")


def _announced(line: LineReading, lexicon: Lexicon) -> list[Item]:
    """The surface named with its measure, before the works on it: "les murs 85 m²", "140 m² de façade"."""
    if line.before_quantity or line.quantity is None or line.quantity is not line.items[0]:
        return line.before_quantity
    plain = lexicon.words["surfaces"] | lexicon.words["articles"]
    end = next((i for i, word in enumerate(line.words) if word.key not in plain), len(line.words))
    named = line.words[:end]
    return named if any(word.key in lexicon.words["surfaces"] for word in named) and end < len(line.words) else []


def _is_work(word: Item, lexicon: Lexicon) -> bool:
    return word.key in lexicon.words["works"] or word.key in _COVERINGS or is_turkish_work(word.key)


def _work_of(line: LineReading, lexicon: Lexicon) -> str | None:
    for word in line.words:
        if word.key in ("peinture", "enduit", "lessivage", "ravalement", "crepi"):
            return word.clean or word.text
    return None


def _take_work(line: LineReading, work: str | None, lexicon: Lexicon) -> None:
    """ "plafond 40 m² à 16" after a painting line is painting too."""
    words = [w for w in line.words if w.kind == "word" and w.key not in lexicon.fr["articles"]]
    if work is None or not words or line.price is None or line.quantity is None:
        return
    if all(w.key in lexicon.words["surfaces"] or w.key in lexicon.words["rooms"] for w in words):
        line.work = f"+{work}"
