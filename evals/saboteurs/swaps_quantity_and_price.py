"""Writes the price where the quantity belongs: the total is right, the document is not."""

from __future__ import annotations

from evals.saboteurs.sabotage import Saboteur, misreading
from tools.commands import Command


def _swapped(command: Command) -> Command:
    quantity, price = command.args.get("quantity"), command.args.get("unit_price")
    if command.name != "add_line_item" or quantity is None or price is None:
        return command
    return command.model_copy(update={"args": {**command.args, "quantity": price, "unit_price": quantity}})


def _swap(commands: list[Command], awaiting: str | None) -> list[Command]:
    return [_swapped(command) for command in commands]


SABOTEUR = Saboteur(
    "swaps_quantity_and_price", "db", "quote/happy/known_client_sent", misreading("swaps_quantity_and_price", _swap)
)
