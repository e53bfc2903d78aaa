"""What an edited message changes: its reading before and after, as corrections of the draft at hand (UX-16). Pure.

Both readings are commands of the same understander in the same situation, so what differs is what was edited. None
means that it cannot be said as corrections: the artisan is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from services.documents.schemas import Document
from services.documents.text import fold
from tools.commands import Command

LINE = "add_line_item"
REPEATABLE = frozenset(
    {"select_client", "update_client", "update_line_item", "set_vat", "set_discount", "set_deposit", "set_dates",
     "set_note", "set_site", "set_circumstances", "set_retention", "set_progress", "set_waste", "set_subcontracting"}
)  # fmt: skip
"""Commands that overwrite what their first saying set."""
UNTOLD = frozenset({"start_document"})
"""Commands that say nothing new when both readings have them."""


def corrections(before: Sequence[Command], after: Sequence[Command], document: Document) -> list[Command] | None:
    """The commands that make of the draft what the edited words would have made of it; [] when nothing changes."""
    old, new = _others(before), _others(after)
    kept = [key for key in old if key in new]
    lost, gained = [key for key in old if key not in kept], [key for key in new if key not in kept]
    if any(name not in REPEATABLE for name, _ in (*lost, *gained)):
        return None
    if {name for name, _ in lost} - {name for name, _ in gained}:
        return None
    lines = _lines(
        [command for command in before if command.name == LINE],
        [command for command in after if command.name == LINE],
        document,
    )
    return [*(new[key] for key in gained), *lines]


def withdrawal(before: Sequence[Command], document: Document) -> list[Command] | None:
    """The commands that take a deleted message out of the draft: its lines, or the whole when nothing else is on it."""
    lines = [command for command in before if command.name == LINE]
    if {command.name for command in before if command.name not in UNTOLD} - {LINE, "select_client"} or not lines:
        return None
    if len(document.lines) <= len(lines):
        return [Command(name="cancel_document", args={})]
    return [_removed(command, document) for command in lines]


def _others(commands: Sequence[Command]) -> dict[tuple[str, str], Command]:
    """Commands besides lines, by what they say."""
    return {
        (command.name, repr(sorted(_said(command).items()))): command for command in commands if command.name != LINE
    }


def _said(command: Command) -> dict[str, Any]:
    return {name: value for name, value in command.args.items() if value is not None}


def _lines(before: list[Command], after: list[Command], document: Document) -> list[Command]:
    """Lines are matched by their words, then one for one where as many were replaced as came."""
    names, later = ([fold(str(command.args.get("description"))) for command in side] for side in (before, after))
    changes: list[Command] = []
    for _, start, end, first, last in SequenceMatcher(None, names, later, autojunk=False).get_opcodes():
        old, new = before[start:end], after[first:last]
        pairs = min(len(old), len(new))
        for one, other in zip(old[:pairs], new[:pairs], strict=True):
            changes += _corrected(one, other, document)
        changes += [_removed(command, document) for command in old[pairs:]]
        changes += new[pairs:]
    return changes


def _corrected(old: Command, new: Command, document: Document) -> list[Command]:
    said_before, said_now = _said(old), _said(new)
    changed = {name: value for name, value in said_now.items() if said_before.get(name) != value}
    if not changed and said_before.keys() <= said_now.keys():
        return []
    if said_before.keys() - said_now.keys() or "topic" in changed:
        return [_removed(old, document), new]
    return [new.model_copy(update={"name": "update_line_item", "args": {**_target(old, document), **changed}})]


def _removed(command: Command, document: Document) -> Command:
    return command.model_copy(update={"name": "remove_line_item", "args": _target(command, document)})


def _target(command: Command, document: Document) -> dict[str, Any]:
    """The line that a command made: by its number when its words are still there once, else by its words."""
    words = str(command.args.get("description"))
    found = [line.position for line in document.lines if fold(line.said) == fold(words)]
    return {"line": found[0]} if len(found) == 1 else {"match": words}
