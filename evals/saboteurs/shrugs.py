"""Calls a question about the artisan's own documents none of its business."""

from __future__ import annotations

from evals.saboteurs.sabotage import Saboteur, misreading
from tools.commands import Command


def _shrug(commands: list[Command], awaiting: str | None) -> list[Command]:
    return [Command(name="off_topic")]


SABOTEUR = Saboteur("shrugs", "outcome", "ask/happy/who_owes", misreading("shrugs", _shrug))
