"""Turkish changes of one value wherever it stands: "15 yerine 18 yaz hepsine", "33 leri 36 yap ikisini de"."""

from __future__ import annotations

from decimal import Decimal

from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_matching import amount
from agent.understanding.grammar.session import Session

_ALL, _PLURAL = word_set("everywhere_all"), word_set("everywhere_plural")
_AROUND = _ALL | _PLURAL | word_set("everywhere_around")


def read(session: Session) -> None:
    """Changes every line that carries the value; where quantity and price both carry it, nothing, so that it is asked."""
    if session.language != "tr" or not session.has_lines():
        return
    for index in range(len(session.items)):
        first, last = session.clause(index)
        if index == first and first < last:
            _clause(session, first, last)


def _clause(session: Session, first: int, last: int) -> None:
    items = session.items[first:last]
    if any(i.claimed not in (None, "corrected") for i in items):
        return
    numbers = [i for i in items if i.numeric and i.claimed is None]
    old, new = _values(items, numbers)
    if old is None or new is None or new.value is None:
        return
    if any(i.kind == "word" and i.claimed is None and i.key not in _AROUND for i in items):
        return
    lines = session.context.draft.lines if session.context.draft else []
    counted = [line for line in lines if amount(line.quantity) == old]
    priced = [line for line in lines if amount(line.unit_price) == old]
    if new.kind == "quantity":
        priced = []
    elif new.kind == "money" or new.marked:
        counted = []
    if bool(counted) == bool(priced):
        session.asked.update(range(first, last))
        return
    slot = "quantity" if counted else "unit_price"
    session.claim(first, last, "update_line_item")
    for line in counted or priced:
        session.emit("update_line_item", {"line": line.position, slot: number_text(new.value)}, first, last)


def _values(items: list[Item], numbers: list[Item]) -> tuple[Decimal | None, Item | None]:
    """The value that goes and the one that comes; both None where no value is meant everywhere."""
    keys = {i.key for i in items}
    if len(numbers) == 1 and numbers[0].replaces is not None and keys & (_ALL | _PLURAL):
        return numbers[0].replaces, numbers[0]
    if len(numbers) != 2 or numbers[1].kind == "percent":
        return None, None
    between = items[items.index(numbers[0]) + 1 : items.index(numbers[1])]
    several = any(i.key in _PLURAL or (i.key in _ALL and len(between) > 1) for i in between)
    return (numbers[0].value, numbers[1]) if several else (None, None)
