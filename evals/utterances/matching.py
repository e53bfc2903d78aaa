"""Which command of a reading stands for which label, and which of its slots are right.

Numbers are compared as numbers, names and designations folded; a designation may differ by articles and word order. The
unit "u" of a counted thing may be left out by either side; doubts, topics and ways of paying count only where the label
gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import phonenumbers
from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from evals.utterances.canonical import canonical
from evals.utterances.loading import Label
from tools.commands import Command, DialogueContext

_Named = TypeVar("_Named", Label, Command)
_UNASKED = frozenset({"doubt", "topic", "method", "section"})
_WORDS = frozenset({"description", "match", "text", "address", "topic", "query"})
_NAMES = frozenset({"name", "client_name", "new_name", "place"})
_SAME_WORDS, _SAME_NAME = 80, 90
"""rapidfuzz ratios (0 to 100) from which two designations, two names are the same."""


@dataclass(frozen=True)
class Pair:
    """A label and the command that was read for it; one of them is missing when nothing stands for the other."""

    label: Label | None
    command: Command | None

    @property
    def name(self) -> str:
        return self.label.name if self.label else self.command.name if self.command else ""

    def wrong_slots(self) -> dict[str, tuple[Any, Any]]:
        """Slots that differ: name to (labelled, read)."""
        if self.label is None or self.command is None:
            return {}
        return wrong_slots(self.label.args, self.command.args)


def pair(labels: Sequence[Label], commands: Sequence[Command], context: DialogueContext) -> list[Pair]:
    """Pairs commands with the labels of the same tool that they fit best, greedily, the best fit first."""
    labels, commands = [_plain(label, context) for label in labels], [_plain(each, context) for each in commands]
    fits = sorted(
        (
            (_distance(label, command), abs(i - j), i, j)
            for i, label in enumerate(labels)
            for j, command in enumerate(commands)
            if label.name == command.name
        ),
    )
    taken_labels: dict[int, int] = {}
    taken_commands: set[int] = set()
    for _, _, i, j in fits:
        if i not in taken_labels and j not in taken_commands:
            taken_labels[i] = j
            taken_commands.add(j)
    pairs = [Pair(label, commands[taken_labels[i]] if i in taken_labels else None) for i, label in enumerate(labels)]
    return pairs + [Pair(None, command) for j, command in enumerate(commands) if j not in taken_commands]


def differences(
    labels: Iterable[Label], commands: Sequence[Command], context: DialogueContext | None = None
) -> list[str]:
    """What is missing, unexpected or different, as sentences; empty when the reading is right."""
    found = []
    for each in pair(list(labels), commands, context or DialogueContext()):
        if each.label is None and each.command is not None:
            found.append(f"unexpected {each.command.name} {each.command.args}")
        elif each.command is None and each.label is not None:
            found.append(f"missing {each.label.name} {each.label.args}")
        else:
            wrong = each.wrong_slots().items()
            found += [f"{each.name}.{slot}: {read!r}, expected {wanted!r}" for slot, (wanted, read) in wrong]
    return found


def wrong_slots(wanted: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Slots of two argument sets that do not mean the same."""
    return {
        slot: (wanted.get(slot), read.get(slot))
        for slot in sorted({*wanted, *read})
        if not same_slot(slot, wanted.get(slot), read.get(slot)) and not _unlabelled_kind(slot, wanted)
    }


def _unlabelled_kind(slot: str, wanted: Mapping[str, Any]) -> bool:
    """What sort of client a name means is asked only where the label says it."""
    return slot == "kind" and "name" in wanted and "kind" not in wanted


def same_slot(slot: str, wanted: Any, read: Any) -> bool:
    """Whether two values of a slot mean the same."""
    if wanted is None and (read is None or slot in _UNASKED):
        return True
    if slot == "unit" and {wanted, read} <= {None, "u"}:
        return True
    if wanted is None or read is None:
        return False
    if slot == "phone":
        return _phone(wanted) == _phone(read)
    if slot == "doubt":
        return str(wanted).split(":")[0] == str(read).split(":")[0]
    return _same_value(slot, wanted, read)


def _phone(said: Any) -> str:
    """E.164; what is no phone number stays as it was said."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(str(said), "FR"), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return str(said)


def _same_value(slot: str, wanted: Any, read: Any) -> bool:
    try:
        return Decimal(str(wanted)) == Decimal(str(read))
    except InvalidOperation:
        pass
    one, other = fold(str(wanted)), fold(str(read))
    if slot in _WORDS:
        return max(fuzz.token_sort_ratio(one, other), fuzz.ratio(one, other)) >= _SAME_WORDS
    if slot in _NAMES:
        return fuzz.ratio(one, other) >= _SAME_NAME
    return one == other


def _plain(command: _Named, context: DialogueContext) -> _Named:
    name, args = canonical(command.name, command.args, context)
    return command.model_copy(update={"name": name, "args": args})


def _distance(label: Label, command: Command) -> float:
    """Number of slots that differ; designations that are farther apart make a worse fit."""
    words = str(label.args.get("description") or label.args.get("match") or "")
    read = str(command.args.get("description") or command.args.get("match") or "")
    return len(wrong_slots(label.args, command.args)) + (1 - fuzz.token_sort_ratio(fold(words), fold(read)) / 100)
