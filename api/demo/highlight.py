"""Where in a message each command was read: the message cut into stretches that belong to a command, or to none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COLOURS = 6
"""How many colours tell the commands of a turn apart; they repeat after that."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the message; ``colour`` (1 to ``COLOURS``) is that of the command read there."""

    text: str
    colour: int | None = None


def colour_of(index: int) -> int:
    """The colour of the command at ``index`` of its turn."""
    return index % COLOURS + 1


def stretches(text: str, commands: Sequence[Mapping[str, Any]]) -> list[Stretch]:
    """Cuts ``text`` by the evidence of the commands. Where evidences overlap, the shorter one shows."""
    owner: list[int | None] = [None] * len(text)
    places = [(_place(command, text), index) for index, command in enumerate(commands)]
    for (start, end), index in sorted(places, key=lambda item: item[0][0] - item[0][1]):
        owner[start:end] = [index] * (end - start)
    cut: list[Stretch] = []
    begin = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or owner[position] != owner[begin]:
            who = owner[begin]
            cut.append(Stretch(text[begin:position], None if who is None else colour_of(who)))
            begin = position
    return cut


def _place(command: Mapping[str, Any], text: str) -> tuple[int, int]:
    """Start and end of the evidence, inside the text; found by its words when the offsets do not fit."""
    start, end = int(command.get("start") or 0), int(command.get("end") or 0)
    evidence = str(command.get("evidence") or "")
    if evidence and text[start:end] != evidence and (found := text.find(evidence)) >= 0:
        return found, found + len(evidence)
    start = min(max(start, 0), len(text))
    return start, min(max(end, start), len(text))
