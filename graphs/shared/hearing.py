"""What was hardly heard counts less: its numbers are doubted on the line, and its yes is no consent (UX-30, UX-58)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from tools.commands import Command, Reading
from tools.context import TurnContext

CONSENT = ("confirm", "choose", "send_whatsapp")
"""Commands that can be the artisan's word for a gate; the message they stand in is the one that approves."""
_LINES = ("add_line_item", "update_line_item")
_NUMBERS = ("unit_price", "total", "quantity")

Places = list[tuple[int, int]]


def doubted(reading: Reading, text: str, context: TurnContext) -> Reading:
    """The reading as far as it was heard well; reports ``heard_badly`` when a yes is left out."""
    if not context.unsure:
        return reading
    commands = []
    for command in reading.commands:
        if command.name in CONSENT and (place := _over(command.start, command.end, context.unsure)):
            context.report("heard_badly", text=text[place[0] : place[1]].strip())
            continue
        commands.append(_doubted_line(command, reading, context.unsure) if command.name in _LINES else command)
    return reading.model_copy(update={"commands": commands})


def _over(start: int, end: int, places: Places) -> tuple[int, int] | None:
    return next(((begin, stop) for begin, stop in places if begin < max(end, start + 1) and start < stop), None)


def _doubted_line(command: Command, reading: Reading, unsure: Places) -> Command:
    """The line with a doubt on the number that was hardly heard, unless another doubt says more."""
    if command.args.get("doubt") not in (None, "uncertain"):
        return command
    heard = {
        value
        for item in reading.recognised
        if command.start <= item.start < command.end and _over(item.start, item.end, unsure)
        if (value := _number(item.value)) is not None
    }
    for slot in _NUMBERS:
        value = _number(command.args.get(slot))
        if value is not None and value in heard:
            return command.model_copy(update={"args": {**command.args, "doubt": f"heard_badly:{value}"}})
    return command


def _number(value: Any) -> Decimal | None:
    """A recognised value may carry its unit: "12 m²"."""
    try:
        return Decimal(str(value).split(" ", 1)[0]) if value is not None else None
    except InvalidOperation:
        return None
