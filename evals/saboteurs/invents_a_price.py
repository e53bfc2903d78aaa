"""Does not ask for a price that was not said: makes one up."""

from __future__ import annotations

from evals.saboteurs.sabotage import Saboteur, misreading
from tools.commands import Command


def _priced(command: Command) -> Command:
    if command.name != "add_line_item" or command.args.get("unit_price") or command.args.get("total"):
        return command
    return command.model_copy(update={"args": {**command.args, "unit_price": "39"}})


def _inventive(commands: list[Command], awaiting: str | None) -> list[Command]:
    return [_priced(command) for command in commands]


SABOTEUR = Saboteur(
    "invents_a_price", "db", "quote/clarification/price_asked", misreading("invents_a_price", _inventive)
)
