"""Reads lines and corrections out of everything no other reader has claimed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.understanding.grammar import corrections, line_orders, lines
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.line_commands import add, change, describe, matching
from agent.understanding.grammar.line_matching import amount, carrying, content_words
from agent.understanding.grammar.line_reading import LineReading
from agent.understanding.grammar.session import Session, is_trade
from tools.commands import LineView

_INSULATION = (
    "isolation",
    "isolant",
    "sarking",
    "(sarking)",
    "laine",
    "ouate",
    "izolasyon",
    "yalitim",
    "mantolama",
    "ite",
    "polyurethane",
)
_SAME = (
    ("meme", "surface"),
    ("meme", "metrage"),
    ("meme", "quantite"),
    ("meme", "metre"),
    ("memes", "metres"),
    ("la", "meme"),
    ("ayni", "metre"),
    ("ayni", "metrekare"),
    ("ayni", "m2"),
    ("ayni", "alan"),
    ("ayni", "yuzey"),
    ("ayni", "yer"),
    ("ayni", "miktar"),
    ("ayni", "olcu"),
    ("pareil",),
    ("ayni",),
)


def run(session: Session) -> None:
    """Corrections first, then the lines of each unclaimed run."""
    line_orders.moves(session)
    line_orders.renames(session)
    line_orders.removals(session)
    _thermal_resistance(session)
    _mark_same(session)
    run_items: list[int] = []
    readings: list[LineReading] = []
    for index in range(len(session.items) + 1):
        item = session.items[index] if index < len(session.items) else None
        if item is not None and item.claimed in (None, "vat_word", "corrected", "same_quantity"):
            if item.claimed is None:
                run_items.append(index)
            continue
        if run_items:
            readings += _read_run(session, run_items)
            run_items = []
    if readings:
        _assemble(session, readings)


def _thermal_resistance(session: Session) -> None:
    """ "R 6,5" alone completes the designation of the insulation line of the draft."""
    draft = session.context.draft
    for index, item in enumerate(session.items):
        if item.facts.get("prefix") != "r" or item.claimed is not None or draft is None:
            continue
        first, last = session.clause(index)
        if any(i.numeric and i.claimed is None for i in session.items[first:last]):
            continue
        insulation = [
            x
            for x in draft.lines
            if set(_INSULATION) & set(fold(f"{x.description} {x.said or ''}").replace("'", " ").split())
        ]
        if len(insulation) == 1:
            line = insulation[0]
            description = f"{line.said or line.description}, {item.text}"
            session.claim(index, index + 1, "update_line_item")
            session.emit("update_line_item", {"line": line.position, "description": description}, index, index + 1)


def _mark_same(session: Session) -> None:
    items = session.items
    keys = [i.key for i in items]
    for phrase in _SAME:
        size = len(phrase)
        for index in range(1, len(items) - size):
            if tuple(keys[index : index + size]) == phrase and session.free(index, index + size):
                following = items[index + size]
                if not following.numeric:
                    continue
                following.facts["same"] = "yes"
                session.claim(index, index + size, "same_quantity")


def _read_run(session: Session, indexes: list[int]) -> list[LineReading]:
    """One run of free items; line references of the draft are taken first."""
    if session.has_lines() or not session.has_draft():
        for index in indexes:
            reference = corrections.line_reference(session, index)
            if reference is None or (not session.has_lines() and not _surely_a_line(session, index, reference[1])):
                continue
            line_number, end = reference
            stop = _end_of_change(session, end)
            before = [i for i in indexes if i < index]
            after = [i for i in indexes if i >= stop]
            readings = _read_run(session, before) if before else []
            _change_by_number(session, line_number, index, end, stop)
            return readings + (_read_run(session, after) if after else [])
    items = [session.items[i] for i in indexes]
    if not any(i.numeric for i in items) and not any(i.is_word for i in items):
        return []
    return lines.cut(items, session.lexicon)


def _surely_a_line(session: Session, index: int, end: int) -> bool:
    """Without the draft at hand, only "ligne 2", "2. satır", or "la 2" opening a clause and followed by a value."""
    items = session.items
    if any(i.key.startswith(("ligne", "satir", "numara")) for i in items[index:end]):
        return True
    opens = (
        index == 0
        or items[index - 1].separator
        or items[index - 1].claimed is not None
        or items[index - 1].key in ("mets", "passe", "non")
    )
    after = items[end] if end < len(items) else None
    return (
        items[index].key == "la"
        and opens
        and after is not None
        and (after.numeric or after.key in ("c", "est", "passe", "a"))
    )


def _end_of_change(session: Session, end: int) -> int:
    items = session.items
    stop, numbers = end, 0
    while stop < len(items) and items[stop].claimed is None:
        item = items[stop]
        if stop > end and (item.hard or (item.separator and numbers)):
            break
        if stop > end and corrections.line_reference(session, stop) is not None and numbers:
            break
        if item.key in ("et", "ve") and numbers:
            break
        if item.numeric:
            numbers += 1
        stop += 1
    return stop


def _change_by_number(session: Session, number: int, index: int, end: int, stop: int) -> None:
    items = session.items[end:stop]
    draft = session.context.draft
    line = next((x for x in draft.lines if x.position == number), None) if draft else None
    reading = LineReading([])
    found = lines.cut(list(items), session.lexicon)
    for piece in found:
        reading.quantity = reading.quantity or piece.quantity
        reading.price = reading.price or piece.price
        reading.total = reading.total or piece.total
        reading.vat = reading.vat or piece.vat
        reading.words += piece.words
    args = change(session, reading, line)
    text = describe(
        session,
        [
            w
            for w in reading.words
            if w.key not in ("passe", "devient", "yap", "olsun", "olacak", "metre", "prix", "mets", "deviens")
        ],
    )
    if not args and text and len(text) > 2 and draft is not None:
        args["description"] = text
    if not args:
        return
    first = index
    while (
        first > 0
        and session.items[first - 1].claimed is None
        and session.items[first - 1].key in ("mets", "passe", "change", "sur", "pour", "a", "ligne", "modifie")
    ):
        first -= 1
    session.claim(first, stop, "update_line_item")
    target = {} if draft is None and number == corrections.UNKNOWN_LAST else {"line": number}
    session.emit("update_line_item", {**target, **args}, first, stop)


def _assemble(session: Session, readings: list[LineReading]) -> None:
    lines.inherit(readings, session.lexicon, voice=session.kind == "voice")
    topic: str | None = None
    previous: LineReading | None = None
    pending: list[LineReading] = []
    common = next((r.mode for r in readings if r.mode and not r.words and r.price is None), None)
    for reading in readings:
        reading.mode = reading.mode or common
    if common and not any(r.price or r.total for r in readings) and session.has_lines():
        session.emit("update_line_item", {"price_mode": common}, 0, len(session.items))
    for reading in readings:
        if reading.mode and not reading.words and reading.price is None:
            _claim(session, reading, "mode")
            continue
        priced = reading.price is not None or reading.total is not None
        if previous is not None and reading.total is not None and reading.price is None and not reading.words:
            _claim(session, reading, "total_said")  # the sum of the lines: computed, never taken from words
            continue
        if reading.items[0].key == "dont" or (reading.words and reading.words[0].key == "dont"):
            continue  # a part of the price before it, not one more line
        keys = {i.key for i in reading.items}
        reading.add = bool(keys & session.lexicon.words["add"]) and session.context.awaiting != "slot:line.price"
        if session.has_lines() and _correct(session, reading):
            continue
        if (
            not session.has_lines()
            and not any(is_trade(w.key) for w in reading.words)
            and _by_value(session, reading, [])
        ):
            continue
        if not session.has_draft() and _change_unseen(session, reading):
            continue
        if not session.has_lines() and _copied_quantity(session, reading, priced):
            continue
        if priced and reading.words:
            reading.topic = topic
            _emit_add(session, reading, previous)
            previous = reading
        elif reading.quantity is not None and reading.words and _worth_a_line(reading):
            _emit_add(session, reading, previous)
            previous = reading
        elif reading.words and any(is_trade(w.key) for w in reading.words) and not priced:
            text = describe(session, reading.words)
            if text:
                topic = text
                pending.append(reading)
        elif priced and not reading.words and reading.quantity is not None and reading.quantity.unit in ("h", "j"):
            reading.words = [reading.quantity]
            _emit_add(session, reading, previous)
            previous = reading
        elif priced and topic and pending and not reading.words:
            reading.words = pending[-1].words
            pending.pop()
            _emit_add(session, reading, previous)
            topic = None
            previous = reading
    _topics(session, pending, previous)


def _worth_a_line(reading: LineReading) -> bool:
    """A quantity without a price is a line when it measures something of the trade; "délai 10 jours" is not."""
    quantity = reading.quantity
    measured = quantity is not None and quantity.kind == "quantity" and quantity.unit not in ("h", "j")
    return measured or any(is_trade(word.key) for word in reading.words)


def _topics(session: Session, pending: list[LineReading], previous: LineReading | None) -> None:
    """Announced objects are explained; with no price anywhere they are lines whose price is still to come."""
    for reading in pending:
        works = any(w.key in session.lexicon.words["works"] for w in reading.words)
        started = any(c.name == "start_document" for c in session.commands) or session.context.awaiting in (
            "slot:lines",
            "slot:line.more",
        )
        if previous is None and works and (started or session.has_draft()) and not session.has_lines():
            _emit_add(session, reading, None)
        elif previous is not None or started:
            _claim(session, reading, "topic")


def _claim(session: Session, reading: LineReading, label: str) -> tuple[int, int]:
    indexes = [i for i, item in enumerate(session.items) if any(item is x for x in reading.items)]
    session.claim(indexes[0], indexes[-1] + 1, label)
    return indexes[0], indexes[-1] + 1


def _emit_add(session: Session, reading: LineReading, previous: LineReading | None) -> None:
    args = add(session, reading, previous)
    if not args.get("description"):
        return
    first, last = _claim(session, reading, "add_line_item")
    session.emit("add_line_item", args, first, last)


def _correct(session: Session, reading: LineReading) -> bool:
    """A reading that changes the draft instead of adding to it."""
    draft = session.context.draft
    assert draft is not None
    priced = reading.price is not None or reading.total is not None
    args: dict[str, Any]
    named, said = matching(session, reading)
    if named is not None and (priced or reading.quantity is not None or reading.vat is not None):
        args = change(session, reading, named)
        if args:
            first, last = _claim(session, reading, "update_line_item")
            session.emit("update_line_item", {"match": said, **args}, first, last)
            return True
    content = [w for w in content_words(reading.words) if is_trade(w)]
    if reading.add and content:
        return False
    if _by_value(session, reading, draft.lines):
        return True
    bare = not content
    if bare and reading.quantity is not None and reading.quantity.kind == "quantity" and not priced:
        first, last = _claim(session, reading, "update_line_item")
        args = {"quantity": number_text(reading.quantity.value or Decimal(0)), "unit": reading.quantity.unit}
        if len(draft.lines) == 1:
            args["line"] = draft.lines[0].position
        session.emit("update_line_item", args, first, last)
        return True
    if bare and priced and reading.price is not None and not (set(content_words(reading.words)) - _bare_words(session)):
        line = draft.lines[-1]
        args = change(session, reading, line)
        if args and (reading.price.marked or len(draft.lines) == 1 or _refused(session, reading)):
            first, last = _claim(session, reading, "update_line_item")
            session.emit("update_line_item", args, first, last)
            return True
    return False


def _copied_quantity(session: Session, reading: LineReading, priced: bool) -> bool:
    """ "pareil que chez Costa mais 32 m²": the lines to be copied change."""
    quantity = reading.quantity
    if priced or quantity is None or quantity.kind != "quantity" or quantity.value is None:
        return False
    if not any(c.name == "copy_document" for c in session.commands) or any(is_trade(w.key) for w in reading.words):
        return False
    first, last = _claim(session, reading, "update_line_item")
    session.emit("update_line_item", {"quantity": number_text(quantity.value), "unit": quantity.unit}, first, last)
    return True


def _change_unseen(session: Session, reading: LineReading) -> bool:
    """Without the draft at hand: "change la pose à 450", "le mitigeur c'est 160 pas 140" still change a line by name."""
    number = reading.price or reading.quantity
    verbs = {"change", "passe", "modifie", "corrige", "changer", "changez", "passez", "degistir"}
    ordered = any(item.key in verbs for item in reading.items[:2])
    if number is None or not reading.words or not (ordered or number.replaces is not None) or reading.price is None:
        return False
    if number.replaces is not None and reading.quantity is not None:
        return False
    words = describe(session, [w for w in reading.words if w.key not in verbs])
    args = change(session, reading, None)
    if not args or not words or any(c.name == "start_document" for c in session.commands):
        return False
    first, last = _claim(session, reading, "update_line_item")
    session.emit("update_line_item", {"match": words, **args}, first, last)
    return True


def _bare_words(session: Session) -> set[str]:
    return set(
        session.lexicon.words["function"] | session.lexicon.words["fillers"] | session.lexicon.words["correction"]
    )


def _refused(session: Session, reading: LineReading) -> bool:
    return any(item.key in session.lexicon.words["correction"] for item in reading.items)


def _by_value(session: Session, reading: LineReading, draft: list[LineView]) -> bool:
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
    held = carrying(old, draft)
    slot = held[1] if held else ("quantity" if new.kind == "quantity" else "unit_price")
    if held and new.kind == "quantity" and amount(held[0].quantity) is not None:
        slot = "quantity"
    if slot == "total":
        slot = "unit_price" if held and held[0].unit in (None, "forfait") else "total"
    first, last = _claim(session, reading, "update_line_item")
    unit = new.unit if slot == "quantity" and new.unit != "u" else None
    args = {"match_value": number_text(old), slot: number_text(new.value), "unit": unit}
    session.emit("update_line_item", args, first, last)
    return True
