"""Which slots of a line the numbers of a Turkish order set, and when a number cannot be told."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from agent.understanding.grammar.draft_clauses_tr import Order, words_of_orders
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_matching import amount, carrying, slot_of
from agent.understanding.grammar.session import Session
from tools.commands import LineView

_UNCLEAR = Decimal("1.5")
"""A bare number within this factor of both the quantity and the price may be either."""
_DATIVE = re.compile(r"(?:ya|ye|[dt][ae])$")
_COUNTING = ("adedini ", "adetini ", "miktarini ", "sayisini ")
"""Words that make a number a count although it stands where a price of each would ("adedini 2 yap")."""
_TAKEN_TO = frozenset("al alalim alin".split())


def difference(order: Order) -> dict[str, Any] | None:
    """ "20 euro indir" says by how much, "20 euroya indir" to what: a discount on one thing, else nothing is written.

    None when the order says the new value itself.
    """
    words = words_of_orders()
    moving = order.verb in words["lower"] | words["lift"] | _TAKEN_TO
    if not moving or len(order.numbers) != 1 or order.numbers[0].replaces is not None or dative(order.numbers[0]):
        return None
    single = order.line is not None and order.line.quantity in (None, "1") and order.numbers[0].kind != "quantity"
    if order.verb in words["lower"] and single and order.numbers[0].value is not None and order.topic is None:
        return {"discount_amount": number_text(order.numbers[0].value)}
    return {}


def dative(item: Item) -> bool:
    """Whether the number says where something is taken to ("32'ye", "20 euroya", "15 metreye")."""
    return item.case == "dat" or bool(item.kind in ("money", "quantity") and _DATIVE.search(fold(item.text)))


def values(session: Session, order: Order) -> dict[str, Any]:
    """The slots that the numbers of an order set; empty when a number may mean two of them."""
    numbers = _without_old(session, order)
    args: dict[str, Any] = {}
    for item in numbers:
        if item.value is None or item.doubt is not None or item.facts.get("same"):
            return {}
        slot = _slot(order, item, _meant(session, order), alone=len(numbers) == 1)
        if slot is None or slot in args:
            return {}
        args[slot] = number_text(item.value)
        if slot == "quantity" and item.unit not in (None, "u"):
            args["unit"] = item.unit
        if item.mode or (order.mode and slot != "quantity"):
            args["price_mode"] = item.mode or order.mode
        if slot == "unit_price" and item.global_price:
            args["unit"] = "forfait"
    return args


def _without_old(session: Session, order: Order) -> list[Item]:
    """ "30'dan 32'ye çıkar": the first number is what the line carries now."""
    numbers = order.numbers
    if len(numbers) != 2 or numbers[0].value is None or order.line is None:
        return numbers
    after = session.items[session.items.index(numbers[0]) + 1].key
    leaves = numbers[0].case == "abl" or after in ("dan", "den", "tan", "ten", "yerine")
    if leaves and carrying(numbers[0].value, [order.line]) is not None:
        numbers[1].replaces = numbers[0].value
        return numbers[1:]
    return numbers


def _meant(session: Session, order: Order) -> list[LineView]:
    """The line of the order, or all those that its words fit: which of them is asked by the tool."""
    if order.line is not None or order.match is None or session.context.draft is None:
        return [order.line] if order.line is not None else []
    words = fold(order.match).split()
    lines = session.context.draft.lines
    return [line for line in lines if all(word in fold(f"{line.description} {line.said or ''}") for word in words)]


def _slot(order: Order, item: Item, lines: list[LineView], alone: bool) -> str | None:
    if item.total:
        return "total" if order.line is not None or order.match is not None else None
    if item.kind == "quantity" or fold(item.text).startswith(_COUNTING):
        return "quantity"
    if order.topic == "price" or item.kind == "money" or item.marked:
        return "unit_price"
    if order.topic == "quantity":
        return "quantity"
    if not alone or not lines or item.value is None:
        return "unit_price" if not alone else None
    replaced = item.replaces if item.replaces is not None else order.old
    if replaced is not None and order.line is not None:
        held = carrying(replaced, [order.line])
        if held is not None:
            return "unit_price" if held[1] == "total" else held[1]
    if any(_unclear(item.value, line) for line in lines):
        return None
    slots = {"unit_price" if slot == "total" else slot for slot in (slot_of(item.value, line) for line in lines)}
    return slots.pop() if len(slots) == 1 else None


def _unclear(value: Decimal, line: LineView) -> bool:
    """Whether a bare number is as near to the quantity of the line as to its price."""
    quantity, price = amount(line.quantity), amount(line.unit_price)
    if not quantity or not price or value <= 0 or (quantity == 1 and line.unit in (None, "u", "forfait", "ens")):
        return False
    to_quantity, to_price = max(value / quantity, quantity / value), max(value / price, price / value)
    return to_quantity <= _UNCLEAR and to_price <= _UNCLEAR
