"""Hears that a price is another one and leaves the line as it was."""

from __future__ import annotations

from evals.saboteurs.sabotage import Saboteur, misreading
from tools.commands import Command


def _deaf(commands: list[Command], awaiting: str | None) -> list[Command]:
    return [command for command in commands if command.name != "update_line_item" or awaiting == "slot:line.price"]


SABOTEUR = Saboteur("ignores_corrections", "db", "quote/correction/bathroom", misreading("ignores_corrections", _deaf))
