"""Scores of readings: intents, slots, and amounts that would have been wrong without anybody noticing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from evals.utterances.loading import Label, Utterance
from evals.utterances.matching import Pair, differences, pair, same_slot
from tools.commands import Command, DialogueContext, Reading

LINE_SLOTS: dict[str, tuple[str, ...]] = {
    "designation": ("description",),
    "quantity": ("quantity",),
    "unit": ("unit",),
    "price": ("unit_price", "total"),
    "VAT": ("vat_rate",),
    "HT/TTC": ("price_mode",),
}
"""What is asked about a line, and the arguments that carry it."""
LINE_TOOLS = frozenset({"add_line_item", "update_line_item"})
CLIENT_TOOLS = frozenset({"select_client", "create_client", "update_client"})
AMOUNTS = (
    "quantity", "unit_price", "total", "percent", "amount", "target_total", "rate", "vat_rate", "discount_percent",
    "discount_amount",
)  # fmt: skip
"""Arguments that end up in what a document asks for."""
_AMOUNT_TOOLS = LINE_TOOLS | {
    "set_discount", "set_deposit", "set_progress", "set_retention", "set_vat", "record_payment", "issue_credit_note",
}  # fmt: skip
_INHERITED = frozenset({"quantity", "unit"})


@dataclass
class Counts:
    """Slots found right, found wrong and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1.0 when nothing was asked and nothing said."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass
class Scored:
    """One utterance with its reading."""

    utterance: Utterance
    reading: Reading
    milliseconds: float = 0.0
    differences: list[str] = field(default_factory=list)
    intents_right: bool = False
    slots: dict[str, Counts] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    """Amounts that would be wrong without a doubt mark or a question."""
    confused: list[tuple[str, str]] = field(default_factory=list)
    """(labelled, read) names of commands that took each other's place; "" for none."""

    @property
    def right(self) -> bool:
        return not self.differences


def score(utterance: Utterance, reading: Reading, milliseconds: float = 0.0) -> Scored:
    """Compares a reading with its labels."""
    context = utterance.context or DialogueContext()
    pairs = pair(utterance.commands, reading.commands, context)
    wanted = [each.label.name for each in pairs if each.label is not None]
    read = [each.command.name for each in pairs if each.command is not None]
    return Scored(
        utterance,
        reading,
        milliseconds,
        differences=differences(utterance.commands, reading.commands, context),
        intents_right=set(wanted) == set(read),
        slots=_slots(pairs),
        silent=_silent(pairs, reading),
        confused=_confused(wanted, read),
    )


def _slots(pairs: Iterable[Pair]) -> dict[str, Counts]:
    counts: dict[str, Counts] = {}
    for each in pairs:
        if each.name in LINE_TOOLS:
            for slot, arguments in LINE_SLOTS.items():
                counts[f"line.{slot}"] = counts.get(f"line.{slot}", Counts()) + _count(each, arguments)
        elif each.name in CLIENT_TOOLS:
            arguments = tuple(sorted({*_args(each.label), *_args(each.command)} - _unasked(each)))
            for argument in arguments:
                counts[f"client.{argument}"] = counts.get(f"client.{argument}", Counts()) + _count(each, (argument,))
    return counts


def _count(each: Pair, arguments: tuple[str, ...]) -> Counts:
    counts = Counts()
    wanted_args, read_args = _args(each.label), _args(each.command)
    for argument in arguments:
        wanted, read = wanted_args.get(argument), read_args.get(argument)
        if argument == "unit" and {wanted, read} <= {None, "u"}:
            continue
        if wanted is None and read is None:
            continue
        if each.label is not None and each.command is not None and same_slot(argument, wanted, read):
            counts.right += 1
            continue
        counts.wrong += read is not None
        counts.missed += wanted is not None
    return counts


def _unasked(each: Pair) -> set[str]:
    return {"kind"} if each.label is not None and "kind" not in each.label.args else set()


def _args(command: Label | Command | None) -> dict[str, Any]:
    return command.args if command is not None else {}


def _silent(pairs: Iterable[Pair], reading: Reading) -> list[str]:
    """Amounts read otherwise than said, without a doubt and without their number among what was left unexplained.

    A missing price is asked for, so it is not silent; a missing quantity beside a price counts once, so it is.
    """
    if not reading.commands:
        return []  # nothing was understood, and that is what the artisan is told
    found = []
    left = " ".join(reading.unexplained)
    for each in pairs:
        if each.name not in _AMOUNT_TOOLS or (each.command is not None and each.command.args.get("doubt")):
            continue
        if each.command is None:
            if _carries_amount(each.label) and not _said_as_unexplained(each.label, left):
                found.append(f"{each.name}: lost {_amounts(each.label)}")
            continue
        if each.label is None:
            if _carries_amount(each.command):
                found.append(f"{each.name}: {_amounts(each.command)} was not said")
            continue
        for argument in AMOUNTS:
            wanted, read = each.label.args.get(argument), each.command.args.get(argument)
            if same_slot(argument, wanted, read):
                continue
            if read is None and (argument not in _INHERITED or not _priced(each.command)) and argument != "vat_rate":
                continue
            if read is None and str(wanted) in left:
                continue
            found.append(f"{each.name}.{argument}: {read!r}, said {wanted!r}")
    return found


def _priced(command: Command) -> bool:
    return command.args.get("unit_price") is not None


def _amounts(command: Label | Command | None) -> dict[str, Any]:
    return {name: value for name, value in _args(command).items() if name in AMOUNTS}


def _carries_amount(command: Label | Command | None) -> bool:
    return bool(_amounts(command))


def _said_as_unexplained(label: Label | None, left: str) -> bool:
    return any(_plain(value) in left for value in _amounts(label).values())


def _plain(value: Any) -> str:
    try:
        return format(Decimal(str(value)).normalize(), "f")
    except InvalidOperation:
        return str(value)


def _confused(wanted: list[str], read: list[str]) -> list[tuple[str, str]]:
    missing, extra = Counter(wanted) - Counter(read), Counter(read) - Counter(wanted)
    lost, added = sorted(missing.elements()), sorted(extra.elements())
    longest = max(len(lost), len(added))
    lost += [""] * (longest - len(lost))
    added += [""] * (longest - len(added))
    return list(zip(lost, added, strict=True))
