"""Numbers that were said and stand in no command: the line beside them may be theirs, so it is doubted."""

from __future__ import annotations

from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_matching import carrying
from agent.understanding.grammar.session import Session
from tools.commands import Command

_LINES = frozenset(["add_line_item", "update_line_item"])
_ACCOUNTED = frozenset(
    ["corrected", "total_said", "same_quantity", "contact", "address", "set_site", "set_dates", "choose"]
)
"""Readers that take a number on purpose without passing it on as it was said."""
_TIMES = frozenset("mois semaine semaines an ans annee annees ay aylik hafta haftalik yil yillik".split())


def beside(session: Session) -> list[Command]:
    """The line commands that such a number stands in or next to."""
    lines = [c for c in session.commands if c.name in _LINES]
    if not lines:
        return []
    told = {text for command in session.commands for text in _told(command)}
    lost = [
        item
        for item, after in zip(session.items, [*session.items[1:], None], strict=True)
        if item.numeric
        and item.claimed not in (*_ACCOUNTED, None)
        and not _is_told(item, told)
        and not _known(session, item)
        and not (after is not None and after.key in _TIMES)
    ]
    return [min(lines, key=lambda command: _distance(command, item)) for item in lost]


def _known(session: Session, item: Item) -> bool:
    """A value that a line of the draft carries: it is named, not lost ("la peinture c'était douze, mets seize")."""
    draft = session.context.draft
    return draft is not None and item.value is not None and carrying(item.value, draft.lines) is not None


def _told(command: Command) -> list[str]:
    found = []
    for value in command.args.values():
        found += str(value).replace(",", ".").replace("×", " ").split()
    return found


def _is_told(item: Item, told: set[str]) -> bool:
    if item.value is None:
        return True
    values = {number_text(item.value)}
    if item.alternative is not None:
        values.add(number_text(item.alternative))
    words = item.text.replace(",", ".").split()
    return (
        bool(values & told)
        or all(word in told for word in words)
        or any(word in told for word in words if any(c.isdigit() for c in word))
    )


def _distance(command: Command, item: Item) -> int:
    if command.start <= item.start < command.end:
        return 0
    return min(abs(command.start - item.start), abs(command.end - item.start))
