"""Never understands an answer to its own question."""

from __future__ import annotations

from evals.saboteurs.sabotage import Saboteur, misreading
from tools.commands import Command


def _stubborn(commands: list[Command], awaiting: str | None) -> list[Command]:
    return [] if (awaiting or "").startswith("slot:line") else commands


SABOTEUR = Saboteur("asks_forever", "outcome", "quote/clarification/price_asked", misreading("asks_forever", _stubborn))
