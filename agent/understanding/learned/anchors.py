"""Where the arguments of a command stand in the words of a message.

Used twice: a labelled command is laid on the message to teach the tagger, and a command of the rules is laid on it to
tell the tagger what the rules made of each word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from tools.commands import Command

NUMBERS = frozenset(
    "quantity unit_price total percent amount target_total discount_percent discount_amount match_value line to option "
    "age_years completed_year validity_days due_days rate vat_rate dwelling_share".split()
)
"""Arguments that are a number of the message."""
WORDS = frozenset(
    "description match name new_name client_name address place text query insurer_name insurance_policy "
    "billing_address buyer_reference collection_point".split()
)
"""Arguments that are words of the message."""
CODES = frozenset("phone email siret siren reference vat_number iban".split())
DATES = frozenset(
    "date due_date service_date service_month start_date completed_on insurance_from insurance_until".split()
)
PLACES = frozenset("line to option".split())
"""Numbers that count lines or choices: whole numbers, not strings."""

_TITLES = {
    "Mme": "mme madame mdm mad madam hanim bayan mlle mademoiselle".split(),
    "M.": "m mr monsieur msieur bey beye beyin beyi bay mosyo musyu mister monsier".split(),
}
FEMALE = frozenset(_TITLES["Mme"])
_SMALL = frozenset("de du des la le les l d a au aux et en un une pour sur avec ve ile icin".split())
_KIND_OF_CODE = {"phone": ("phone",), "email": ("email",), "siret": ("siret",), "siren": ("siret",)}
_SURE, _WORD, _SMALL_WORD, _OTHER = 3.0, 1.0, 0.3, 0.8
_ALIKE, _LEAST = 75, 4


@dataclass(frozen=True, slots=True)
class Anchor:
    """An argument that stands in words: its slot and what to look for."""

    slot: str
    number: Decimal | None = None
    words: tuple[str, ...] = ()
    code: str | None = None
    date: bool = False


def anchors(args: Mapping[str, Any]) -> list[Anchor]:
    """The arguments of a command that stand in the message; the others (a kind, a yes) are told from the whole."""
    found = []
    for slot, value in args.items():
        if slot in NUMBERS and (number := _decimal(value)) is not None:
            found.append(Anchor(slot, number=number))
        elif slot == "title":
            found.append(Anchor(slot, words=tuple(_TITLES.get(str(value), [fold(str(value))]))))
        elif slot in WORDS:
            found.append(Anchor(slot, words=tuple(split(str(value)))))
        elif slot in CODES:
            found.append(Anchor(slot, code=re.sub(r"\W", "", str(value)).lower()))
        elif slot in DATES:
            found.append(Anchor(slot, date=True))
    return found


def fit(item: Item, anchor: Anchor) -> float:
    """How well an item stands for an argument; 0 when it does not. Numbers and codes weigh more than words."""
    if anchor.number is not None:
        same = item.value is not None and item.kind not in ("phone", "siret", "email")
        return _SURE if same and anchor.number in (item.value, item.alternative) else 0.0
    if anchor.words:
        return _fit_of_words(item, anchor)
    if anchor.code is not None:
        return _fit_of_code(item, anchor)
    return _SURE if anchor.date and item.kind in ("date", "month") else 0.0


def _fit_of_words(item: Item, anchor: Anchor) -> float:
    if item.kind == "mark":
        return 0.0
    said = [*split(item.text), *(split(item.clean) if item.clean else ())]
    if not any(same_word(word, wanted) for word in said for wanted in anchor.words):
        return 0.0
    if anchor.slot == "title":
        return _WORD if item.key in anchor.words else 0.0
    return _OTHER if item.kind != "word" else _SMALL_WORD if item.key in _SMALL else _WORD


def _fit_of_code(item: Item, anchor: Anchor) -> float:
    kinds = _KIND_OF_CODE.get(anchor.slot)
    if kinds is not None:
        return _SURE if item.kind in kinds else 0.0
    said = re.sub(r"\W", "", item.text).lower()
    clean = re.sub(r"\W", "", item.iso or item.clean or item.text).lower()
    inside = bool(anchor.code) and (str(anchor.code) in clean or (len(said) > 2 and said in str(anchor.code)))
    return _SURE if inside else 0.0


def laid_on(items: Sequence[Item], commands: Sequence[Command]) -> list[tuple[int, str] | None]:
    """For each item the command (its index) and the slot that it stands for, by the places that commands name."""
    found: list[tuple[int, str] | None] = [None] * len(items)
    for index, command in enumerate(commands):
        inside = [i for i, item in enumerate(items) if command.start <= item.start < command.end and found[i] is None]
        for i, slot in assign(items, inside, anchors(command.args)).items():
            found[i] = (index, slot)
    return found


def assign(items: Sequence[Item], inside: Sequence[int], wanted: Sequence[Anchor]) -> dict[int, str]:
    """Which of the items ``inside`` stand for which slots of one command: numbers and codes first, then words."""
    taken: dict[int, str] = {}
    for anchor in wanted:
        if anchor.words:
            continue
        able = [i for i in inside if i not in taken and fit(items[i], anchor) >= _SURE]
        if able:
            taken[min(able, key=lambda i: (_odd(anchor.slot, items[i]), i if anchor.slot == "quantity" else -i))] = (
                anchor.slot
            )
    for anchor in wanted:
        if anchor.words:
            taken.update({i: anchor.slot for i in inside if i not in taken and fit(items[i], anchor) > 0})
    return taken


def _odd(slot: str, item: Item) -> int:
    """A number that is marked as a price is hardly a quantity, and the other way round."""
    if slot == "quantity":
        return 2 if item.kind == "money" else 0
    return 2 if slot in ("unit_price", "total") and item.kind == "quantity" else 0


def same_word(said: str, wanted: str) -> bool:
    """Whether a folded word of the message is the wanted one, perhaps with an ending or a slip of the pen."""
    if said == wanted:
        return True
    stem = wanted[: max(3, len(wanted) - 1)]
    if len(wanted) >= 3 and len(wanted) < len(said) <= len(wanted) + 6 and said.startswith(stem):
        return True
    return min(len(said), len(wanted)) >= _LEAST and fuzz.ratio(said, wanted) >= _ALIKE


def split(text: str) -> list[str]:
    """The folded words of a text."""
    return [word for word in re.split(r"[^\w]+", fold(text)) if word]


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
