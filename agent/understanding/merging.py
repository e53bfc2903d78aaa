"""Joins a model's grounded commands with the grammar's: nothing that was said with a number or an address gets lost."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from agent.understanding.grounding import Grounded
from agent.understanding.twins import alike
from tools.commands import Command, Reading

# Slots whose value is worth keeping even if the model overlooked it.
_IDENTIFIERS = frozenset(["phone", "email", "siren", "siret", "vat_number", "iban"])
_AMOUNTS = ("quantity", "unit_price", "total", "percent", "amount", "target_total", "rate")
# Talk about the conversation: it says nothing beside a real command.
_IDLE = frozenset(["off_topic", "ask_help"])
# Never taken over from the grammar when the model, which was asked because the grammar was unsure, did not read them.
_BOTH_MUST_READ = frozenset(
    "confirm choose send_whatsapp issue_credit_note correct_invoice accept_quote release_retention cancel_document "
    "record_payment".split()
)


def merge(grounded: Grounded, own: Reading) -> list[Command]:
    """The model's commands in the order said, with what only the grammar caught."""
    commands = list(grounded.commands)
    if not commands:
        return list(own.commands)
    if any(command.name not in _IDLE for command in commands):
        commands = [command for command in commands if command.name not in _IDLE]
    unused = grounded.unused_values
    kept = [command for command in own.commands if _missing(command, commands) and _worth(command, unused)]
    if _only_talk(commands):
        kept += [command for command in own.commands if command.name == "deny" and command not in kept]
    for command in kept:
        _insert(commands, command)
    return commands


def _missing(command: Command, commands: list[Command]) -> bool:
    return not any(alike(command, other) for other in commands)


def _worth(command: Command, unused: frozenset[Decimal]) -> bool:
    if command.name in _BOTH_MUST_READ:
        return False
    if _IDENTIFIERS & command.args.keys():
        return True
    amounts = [_decimal(command.args[slot]) for slot in _AMOUNTS if command.args.get(slot) is not None]
    return bool(amounts) and all(amount in unused for amount in amounts)


def _decimal(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _only_talk(commands: list[Command]) -> bool:
    return all(command.name in {*_IDLE, "show_recap", "deny"} for command in commands) and not any(
        command.name == "deny" for command in commands
    )


def _insert(commands: list[Command], command: Command) -> None:
    """Puts the command where it was said; at the end when its place is not known."""
    if not command.end:
        commands.append(command)
        return
    later = (index for index, other in enumerate(commands) if other.end and other.start > command.start)
    commands.insert(next(later, len(commands)), command)
