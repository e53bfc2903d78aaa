"""Forgets the last of several lines of a message."""

from __future__ import annotations

from evals.saboteurs.sabotage import Saboteur, misreading
from tools.commands import Command


def _forgetful(commands: list[Command], awaiting: str | None) -> list[Command]:
    lines = [at for at, command in enumerate(commands) if command.name == "add_line_item"]
    return commands[: lines[-1]] + commands[lines[-1] + 1 :] if len(lines) > 1 else commands


SABOTEUR = Saboteur(
    "drops_the_last_line", "db", "quote/happy/known_client_sent", misreading("drops_the_last_line", _forgetful)
)
