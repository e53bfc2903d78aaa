"""Measures that are the size of one object, or of a part of it, and no quantity ("location benne 8 m³ 350")."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set

_CONTAINERS = word_set("line_reading_containers")
_SINGLE_OBJECTS = word_set("line_reading_single_objects")
_BY_LENGTH = frozenset("travail credence comptoir etabli tezgah".split())
TOTAL_PER_UNIT = Decimal(300)
"""EUR: an unmarked price above this after "20 m²" is the price of the whole."""


def sold_whole(items: Sequence[Item], bare: list[Item], lengths: list[Item]) -> bool:
    """ "plan de travail 3m40 2100": a length of something that is sold whole, with its price."""
    named = {item.key for item in items if item.kind == "word"}
    dear = any(number.value is not None and number.value >= TOTAL_PER_UNIT for number in bare)
    return bool(named & _BY_LENGTH) and dear and len(lengths) == 1


def of_one(items: Sequence[Item], quantity: Item | None, price: Item | None) -> bool:
    """ "portail coulissant 4 mètres 2900", "ouverture avec IPN de trois mètres 2800": the measure belongs to the words."""
    if quantity is None or price is None or price.per or price.case or price.value is None or quantity.value is None:
        return False
    named = {item.key for item in items if item.kind == "word"}
    container = quantity.unit == "m³" and named & _CONTAINERS and price.value >= 60
    single = quantity.unit == "ml" and named & _SINGLE_OBJECTS and quantity.value <= 12 and price.value >= 300
    return bool(container or single) or (quantity.unit == "ml" and _of_a_part(items, quantity))


def _of_a_part(items: Sequence[Item], quantity: Item) -> bool:
    before = [item.key for item in items[: items.index(quantity)]]
    return len(before) > 2 and before[-1] == "de" and "avec" in before[-4:-2]
