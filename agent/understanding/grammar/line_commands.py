"""Readings of lines become commands: new lines, or changes of lines of the draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from agent.understanding.grammar import man_days, next_things
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_matching import carrying, content_words, find, slot_of
from agent.understanding.grammar.line_reading import INCLUDED, LineReading, looks_like_total
from agent.understanding.grammar.session import Session, is_trade
from tools.commands import LineView

_EDGE = word_set("line_commands_edge")
_ABOUT = word_set("line_commands_about")
# Heard alike (UX-30): amounts whose other reading is as plausible when only sound told them apart.
_PHONETIC = {"780": "870", "870": "780"}
_UNCERTAIN = "uncertain"
_SURELY = 0.9
"""Share of the words said that a line must hold to be changed without a doubt."""
_FORCED = 1.5
"""Cost of a line (line_reading) from which its numbers may be cut wrongly."""
_PHONETIC_UNITS = {2: 12, 3: 13, 6: 10, 7: 70}


def describe(session: Session, words: Sequence[Item], digits: bool = False) -> str:
    """The designation as said, in order: no fillers or words of price at its edges, repairs applied.

    ``digits``: sizes said in words are written in digits ("deux cents litres" → "200 litres").
    """
    kept = [
        w
        for i, w in enumerate(words)
        if not (w.kind == "word" and w.key in session.lexicon.words["fillers"]) or _still_to_do(words, i)
    ]
    while kept and kept[0].kind == "word" and (kept[0].key in _EDGE or kept[0].key in session.lexicon.words["add"]):
        kept.pop(0)
    while kept and kept[-1].kind == "word" and (kept[-1].key in _EDGE or kept[-1].key in session.lexicon.words["add"]):
        if _still_to_do(kept, len(kept) - 1):
            break
        kept.pop()
    text = ""
    for index, word in enumerate(kept):
        said = word.clean or (word.facts.get("digits") if digits else None) or word.text
        if index:
            gap = session.text[kept[index - 1].end : word.start]
            text += (
                ""
                if gap == "" or text.endswith(("'", "’"))
                else "-"
                if gap.strip() in ("-", "‑")
                else ", "
                if gap.strip() == ","
                else " "
            )
        text += said
    return re.sub(r"\s+", " ", text).strip()


def _still_to_do(words: Sequence[Item], index: int) -> bool:
    """ "fenêtres à changer", "moteur à prévoir"."""
    return index > 1 and words[index - 1].key == "a" and words[index].key.endswith(("er", "oir"))


def _shared_object(session: Session, reading: LineReading) -> str:
    """ "les murs 85 m² préparation" → "préparation des murs"; Turkish and other orders keep what was said."""
    before = [w for w in reading.before_quantity if w.kind == "word"]
    after = [w for w in reading.words if w not in reading.before_quantity]
    remark = bool(after) and after[-1].key in INCLUDED  # "…, ferraillage compris"
    if not before or not after or remark or session.language == "tr":
        return describe(session, reading.words)
    works = session.lexicon.fr["works"]
    keys = {w.key for w in after}
    if (
        not keys & works
        or any(w.key in works for w in before)
        or not any(
            w.key in session.lexicon.fr["surfaces"] or w.key in session.lexicon.fr["rooms"] or is_trade(w.key)
            for w in before
        )
    ):
        return describe(session, reading.words)
    return _work_of_object(session, after, before)


def _work_of_object(session: Session, work: Sequence[Item], thing: Sequence[Item]) -> str:
    dimensions = [w for w in work if w.kind == "dimension"]
    plain = [w for w in work if w.kind != "dimension"]
    article = thing[0].key if thing else ""
    named = describe(session, thing)
    joint = {"les": "des ", "le": "du ", "la": "de la ", "l": "de l'"}.get(article, "")
    tail = " ".join(d.text for d in dimensions)
    return " ".join(part for part in (describe(session, plain), f"{joint}{named}", tail) if part)


def add(session: Session, reading: LineReading) -> dict[str, Any]:
    """The arguments of ``add_line_item``."""
    quantity, price = reading.quantity, reading.price
    days: Decimal | None = None
    if (several := man_days.men(reading)) is not None:
        days, reading.words = man_days.multiply(session, reading, several)
        reading.doubt = reading.doubt or f"man_days:{number_text(several.value or Decimal(0))}"
    args: dict[str, Any] = {"description": _description(session, reading)}
    if quantity is not None and quantity.value is not None:
        args["quantity"] = number_text(days or quantity.value)
        per = price.per if price is not None else None  # "55 du m², y en a 34": 34 m²
        args["unit"] = reading.inherited_unit or quantity.unit or per or "u"
    elif reading.total is not None and reading.total.facts.get("for"):
        args["quantity"] = reading.total.facts["for"]  # "bloc porte 190 euros les deux"
    elif reading.inherited_quantity is not None:
        args["quantity"], args["unit"] = number_text(reading.inherited_quantity), reading.inherited_unit
    if price is not None and price.value is not None:
        if looks_like_total(reading) or _of_half_a_day(quantity, price):
            args["total"], args["doubt"] = number_text(price.value), "total_assumed"
        elif _for_the_whole(quantity, price):
            args["total"] = _amount(session, price)[0]  # "carrelage 20 m² forfait 900": the whole of it
        else:
            args["unit_price"], doubt = _amount(session, price)
            args["doubt"] = doubt
        if price.global_price or (quantity is None and any(w.key == "forfait" for w in reading.words)):
            args["unit"] = args.get("unit") if quantity is not None else "forfait"
        elif price.per and "unit" not in args:
            args["unit"] = price.per
        args["price_mode"] = price.mode or reading.mode
    if reading.total is not None and reading.total.value is not None:
        args["total"] = _amount(session, reading.total)[0]
        args["price_mode"] = args.get("price_mode") or reading.total.mode
    if reading.vat is not None and reading.vat.value is not None:
        args["vat_rate"] = number_text(reading.vat.value)
    if reading.topic and reading.topic != args["description"]:
        args["topic"] = reading.topic
    args["doubt"] = args.get("doubt") or reading.doubt or _forced(session, reading)
    if quantity is not None and quantity.facts.get("doubt") and not args["doubt"]:
        args["doubt"] = quantity.facts["doubt"]
    return args


def _forced(session: Session, reading: LineReading) -> str | None:
    """A line whose words or numbers fit only badly is shown with a doubt (UX-30), however it was cut."""
    if reading.price is not None and any(_about(a, b, reading.price) for a, b in pairwise(reading.items)):
        return _UNCERTAIN  # "plomberie environ 1200"
    if reading.price is not None and "unsure" in reading.price.facts:
        return _UNCERTAIN
    priced = reading.price is not None or reading.total is not None
    if priced and reading.quantity is not None and reading.cost >= _FORCED:
        return _UNCERTAIN
    unsure = next_things.assembled(reading, session.lexicon) or next_things.number_in_words(reading)
    unsure = unsure or next_things.dear_time(reading) or next_things.two_measures(reading)
    return _UNCERTAIN if unsure or _two_things(session, reading.words) else None


def _about(one: Item, other: Item, price: Item) -> bool:
    return (one.key in _ABOUT and other is price) or (one is price and other.key in _ABOUT)


def _two_things(session: Session, words: Sequence[Item]) -> bool:
    """ "prises et un interrupteur les prises": an article right after a thing opens another one.

    The "et" of "la pose et le raccordement" is no thing, though "va-et-vient" has it.
    """
    lexicon = session.lexicon
    things = lexicon.fr["things"] - lexicon.fr["works"] - lexicon.words["connectors"]
    return session.language == "fr" and any(
        after.kind == "word"
        and after.key in ("le", "la", "les", "un", "une")
        and before.kind == "word"
        and before.key in things
        and session.text[before.end : after.start].strip() == ""
        for before, after in pairwise(words)
    )


def _of_half_a_day(quantity: Item | None, price: Item) -> bool:
    """ "une demi-journée 220": the price of what is said, unless it is a price per day."""
    half = quantity is not None and quantity.unit in ("j", "h") and quantity.value == Decimal("0.5")
    return half and not price.per and price.case is None


def _for_the_whole(quantity: Item | None, price: Item) -> bool:
    """A price for all that is counted: "20 m² forfait 900", "trois pour soixante euros"."""
    if quantity is None or quantity.value == 1 or price.per:
        return False
    return price.global_price or "pour" in price.facts


def _description(session: Session, reading: LineReading) -> str:
    if reading.heading:
        if session.language == "tr":
            return f"{describe(session, reading.heading)} {describe(session, reading.words)}"
        return _work_of_object(session, reading.words, reading.heading)
    if reading.work and reading.work.startswith("+"):
        own = describe(session, reading.words)
        return f"{own} {reading.work[1:]}" if session.language == "tr" else f"{reading.work[1:]} {own}"
    return _shared_object(session, reading)


def _amount(session: Session, item: Item) -> tuple[str, str | None]:
    """A price with its doubt: "mille deux" is 1200 (or 1002); voices confuse six and dix."""
    assert item.value is not None
    if item.doubt == "thousands" and item.alternative is not None:
        return number_text(item.alternative), f"thousands:{number_text(item.value)}"
    if item.doubt == "split" and item.alternative is not None:
        return number_text(item.value), f"phonetic:{number_text(item.alternative)}"
    if item.alternative is not None:
        return number_text(item.value), f"thousands:{number_text(item.alternative)}"
    said = number_text(item.value)
    if session.kind == "voice" and item.spelled:
        if said in _PHONETIC:
            return said, f"phonetic:{_PHONETIC[said]}"
        if item.value == int(item.value) and item.value > 100:
            rest = int(item.value) % 100
            if rest in _PHONETIC_UNITS:
                return said, f"phonetic:{number_text(item.value - rest + _PHONETIC_UNITS[rest])}"
    return said, None


def change(session: Session, reading: LineReading, line: LineView | None) -> dict[str, Any]:
    """The changed slots of an existing line."""
    args: dict[str, Any] = {}
    quantity, price = reading.quantity, reading.price
    if quantity is not None and quantity.kind == "number" and quantity.replaces is not None and line and not price:
        held = carrying(quantity.replaces, [line])
        if held is not None and held[1] == "unit_price":
            quantity, price = None, quantity  # "14 au lieu de 9 pour les bandes": 9 is their price
    if quantity is not None and quantity.value is not None:
        args["quantity"] = number_text(quantity.value)
        if quantity.kind == "quantity" and quantity.unit not in ("u", None):
            args["unit"] = quantity.unit
    if price is not None and price.value is not None:
        value = Decimal(_amount(session, price)[0])
        slot = "unit_price"
        if line is not None and price.kind == "number" and not price.marked and quantity is None:
            slot = slot_of(value, line)
            if price.replaces is not None:
                held = carrying(price.replaces, [line])
                slot = held[1] if held else slot
        if slot == "total":
            slot = "unit_price" if line is not None and line.unit in (None, "forfait") else "total"
        args[slot] = number_text(value)
        args["price_mode"] = price.mode
        if price.global_price and line is not None and line.unit != "forfait":
            args["unit"] = "forfait"
    if reading.total is not None and reading.total.value is not None:
        args["total"] = number_text(reading.total.value)
    if reading.vat is not None and reading.vat.value is not None:
        args["vat_rate"] = number_text(reading.vat.value)
    return {key: value for key, value in args.items() if value is not None}


def matching(session: Session, reading: LineReading) -> tuple[LineView | None, str | None]:
    """The draft line that a reading names, with the words that name it."""
    draft = session.context.draft
    if draft is None or not draft.lines or reading.add:
        return None, None
    words = content_words(reading.words)
    line, score = find(words, draft.lines)
    if line is None or (len(words) > 3 and score < _SURELY):
        return None, None
    if score < _SURELY:
        if reading.quantity is not None and reading.quantity.kind == "quantity" and reading.price is not None:
            return None, None  # "meubles d'angle 2 u à 90": told apart by a word, with all that a new line needs
        reading.doubt = reading.doubt or _UNCERTAIN
    return line, describe(session, reading.words)
