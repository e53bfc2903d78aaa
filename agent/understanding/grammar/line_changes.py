"""Readings that change lines instead of adding them: by name, by the value a line carries, or for all lines of a unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_commands import change, describe, matching
from agent.understanding.grammar.line_matching import amount, carrying, content_words, find
from agent.understanding.grammar.line_reading import LineReading
from agent.understanding.grammar.session import Session, is_trade
from tools.commands import LineView

_SUMMING = frozenset(
    """etti eder ediyor tuttu fait ca donc soit oldu tutuyor du coup le la les en au des de tx travaux chantier ensemble montant
    somme""".split()
)
_ALL_LINES = frozenset(["partout"])
_SURFACE_WORDS = frozenset(["surface", "superficie", "metrage", "alan", "alani", "yuzey", "yuzolcumu"])


def claim(session: Session, reading: LineReading, label: str) -> tuple[int, int]:
    """Marks the items of a reading as explained; their item range."""
    indexes = [i for i, item in enumerate(session.items) if any(item is x for x in reading.items)]
    session.claim(indexes[0], indexes[-1] + 1, label)
    return indexes[0], indexes[-1] + 1


def whole(reading: LineReading) -> Decimal | None:
    """ "le tout 500", "toplam 500" with no words of its own: the sum said of the lines before it."""
    said = reading.total or (reading.price if reading.price is not None and reading.price.global_price else None)
    if said is None or reading.quantity is not None or (reading.price is not None and reading.total is not None):
        return None
    named = [w for w in reading.words if w.kind != "word" or w.key not in _SUMMING]
    return said.value if not named else None


def adds_up(session: Session, value: Decimal | None) -> bool:
    """Whether a sum said is that of the lines read before it; another one stays unexplained."""
    total = Decimal(0)
    for command in session.commands:
        if command.name == "add_line_item":
            args = command.args
            price = Decimal(args.get("unit_price") or 0) * Decimal(args.get("quantity") or 1)
            total += Decimal(args["total"]) if args.get("total") else price
    return total == value


def correct(session: Session, reading: LineReading) -> bool:
    """A reading that changes the draft instead of adding to it."""
    draft = session.context.draft
    assert draft is not None
    priced = reading.price is not None or reading.total is not None
    args: dict[str, Any]
    named, said = matching(session, reading)
    said = _named_first(reading, said)
    if named is not None and (priced or reading.quantity is not None or reading.vat is not None):
        args = change(session, reading, named)
        if args and reading.doubt:
            args["doubt"] = reading.doubt
        if args:
            first, last = claim(session, reading, "update_line_item")
            session.emit("update_line_item", {"match": said, **args}, first, last)
            return True
    content = [w for w in content_words(reading.words) if is_trade(w)]
    if reading.add and content:
        return False
    if by_value(session, reading, draft.lines):
        return True
    surface = next((i for i in reading.items if i.key in _SURFACE_WORDS), None)
    if surface is not None and reading.price is not None and not reading.price.marked and reading.quantity is None:
        first, last = claim(session, reading, "update_line_item")
        args = {"quantity": number_text(reading.price.value or Decimal(0)), "unit": "m²"}
        session.emit("update_line_item", args, first, last)  # "la surface c'est 40": no price
        return True
    bare = not content
    if bare and reading.quantity is not None and reading.quantity.kind == "quantity" and not priced:
        first, last = claim(session, reading, "update_line_item")
        args = {"quantity": number_text(reading.quantity.value or Decimal(0)), "unit": reading.quantity.unit}
        if len(draft.lines) == 1:
            args["line"] = draft.lines[0].position
        session.emit("update_line_item", args, first, last)
        return True
    if bare and priced and _stray(session, reading):
        return False
    if bare and priced and reading.price is not None and not (set(content_words(reading.words)) - _bare_words(session)):
        line = draft.lines[-1]
        args = change(session, reading, line)
        if args and (reading.price.marked or len(draft.lines) == 1 or _refused(session, reading)):
            first, last = claim(session, reading, "update_line_item")
            session.emit("update_line_item", args, first, last)
            return True
    return False


def _named_first(reading: LineReading, said: str | None) -> str | None:
    """ "la faïence tu la passes à 50": what stands before "tu" points at the line."""
    keys = [w.key for w in reading.words]
    cut = next((i for i, item in enumerate(reading.items) if item.key == "tu" and i), None)
    if said is None or cut is None or "la" not in keys + [i.key for i in reading.items]:
        return said
    before = [w for w in reading.items[:cut] if w.is_word and w.key not in ("la", "le", "les", "l")]
    return " ".join(w.text for w in before) or said


def change_unseen(session: Session, reading: LineReading) -> bool:
    """Without the draft at hand: "change la pose à 450", "le mitigeur c'est 160 pas 140" still change a line by name."""
    number = reading.price or reading.quantity
    verbs = {"change", "passe", "modifie", "corrige", "changer", "changez", "passez", "degistir"}
    named = any(c.name in ("select_client", "start_document") for c in session.commands)
    ordered = any(item.key in verbs for item in reading.items[:2]) and not named  # "on change le tableau": works
    if number is None or not reading.words or not (ordered or number.replaces is not None) or reading.price is None:
        return False
    if number.replaces is not None and reading.quantity is not None:
        return False
    words = describe(session, [w for w in reading.words if w.key not in verbs])
    args = change(session, reading, None)
    if not args or not words or any(c.name == "start_document" for c in session.commands):
        return False
    first, last = claim(session, reading, "update_line_item")
    session.emit("update_line_item", {"match": words, **args}, first, last)
    return True


def copied_quantity(session: Session, reading: LineReading, priced: bool) -> bool:
    """ "pareil que chez Costa mais 32 m²": the lines to be copied change."""
    quantity = reading.quantity
    if priced or quantity is None or quantity.kind != "quantity" or quantity.value is None:
        return False
    if not any(c.name == "copy_document" for c in session.commands) or any(is_trade(w.key) for w in reading.words):
        return False
    first, last = claim(session, reading, "update_line_item")
    session.emit("update_line_item", {"quantity": number_text(quantity.value), "unit": quantity.unit}, first, last)
    return True


def _stray(session: Session, reading: LineReading) -> bool:
    """A lone digit that answers nothing: a choice only when choices are open (UX-55), never a new value."""
    number = reading.price
    alone = len(reading.items) == 1 and number is not None and number.kind == "number"
    return alone and (session.context.awaiting is None or (number is not None and (number.value or 0) < 10))


def _bare_words(session: Session) -> set[str]:
    return set(
        session.lexicon.words["function"] | session.lexicon.words["fillers"] | session.lexicon.words["correction"]
    )


def _refused(session: Session, reading: LineReading) -> bool:
    return any(item.key in session.lexicon.words["correction"] for item in reading.items)


def by_value(session: Session, reading: LineReading, draft: list[LineView]) -> bool:
    """ "le 780 c'est 870", "45 au lieu de 48", "48 yerine 45": the line is the one that carries the old number."""
    number = reading.price or reading.quantity
    old = number.replaces if number is not None else None
    new = number
    if old is None and reading.quantity is not None and reading.price is not None and reading.quantity.kind == "number":
        held = carrying(reading.quantity.value, draft) if reading.quantity.value is not None else None
        words = {i.key for i in reading.items}
        if held and words & {
            "c",
            "est",
            "devient",
            "passe",
            "le",
            "la",
            "yap",
            "olacak",
            "olsun",
            "degil",
            "→",
            "mets",
            "par",
        }:
            old, new = reading.quantity.value, reading.price
    if old is None or new is None or new.value is None:
        return False
    if _everywhere(session, reading, old, new, draft):
        return True
    held, named = _held(reading, old, draft)
    if named is None:
        return True  # several lines carry it and none is named: he is asked
    slot = held[1] if held else ("quantity" if new.kind == "quantity" else "unit_price")
    if held and new.kind == "quantity" and amount(held[0].quantity) is not None:
        slot = "quantity"
    if slot == "total":
        slot = "unit_price" if held and held[0].unit in (None, "forfait") else "total"
    first, last = claim(session, reading, "update_line_item")
    unit = new.unit if slot == "quantity" and new.unit != "u" else None
    session.emit("update_line_item", {**named, slot: number_text(new.value), "unit": unit}, first, last)
    return True


def _everywhere(session: Session, reading: LineReading, old: Decimal, new: Item, draft: list[LineView]) -> bool:
    """ "16 partout c'est 17,5": every line that carries the old value."""
    if new.value is None or not {i.key for i in reading.items} & _ALL_LINES:
        return False
    held = [(line, found[1]) for line in draft if (found := carrying(old, [line]))]
    if not held:
        return False
    first, last = claim(session, reading, "update_line_item")
    for line, slot in held:
        session.emit("update_line_item", {"line": line.position, slot: number_text(new.value)}, first, last)
    return True


def _held(
    reading: LineReading, old: Decimal, draft: list[LineView]
) -> tuple[tuple[LineView, str] | None, dict[str, Any] | None]:
    """The line that carries the old value and the slot that does, and how to point at it; of several the one named."""
    found = [(line, held[1]) for line in draft if (held := carrying(old, [line]))]
    if len(found) < 2:
        return (found[0] if found else None), {"match_value": number_text(old)}
    words = content_words(reading.words)
    named = [each for each in found if any(find([word], [each[0]])[0] is not None for word in words)]
    if len(named) == 1:
        return named[0], {"line": named[0][0].position}
    return None, None
