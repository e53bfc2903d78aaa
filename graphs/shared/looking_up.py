"""A SIRET told in a set-up is looked up in the register of companies before the turn opens its transaction."""

from __future__ import annotations

from services.clients.identifiers import InvalidIdentifier, checked_siren, checked_siret
from services.company_register.register import RegisterAway, current_register
from tools.commands import Command
from tools.context import TurnContext


async def looked_up(commands: list[Command], workflow: str | None, context: TurnContext) -> list[Command]:
    """The commands of a set-up with each SIRET as a ``look_up_company`` of its own; what the register says is in the context.

    A number that cannot be right stays what it was: it is refused where it would be written.
    """
    if workflow != "company":
        return commands
    prepared: list[Command] = []
    for command in commands:
        number = _checked(command.args.get("siret")) if command.name == "update_company" else None
        if number is None:
            prepared.append(command)
            continue
        try:
            context.looked_up[number] = await current_register().find(number)
        except RegisterAway:
            context.looked_up[number] = "away"
        rest = {name: value for name, value in command.args.items() if name != "siret"}
        prepared.append(command.model_copy(update={"name": "look_up_company", "args": {"number": number}}))
        if rest:
            prepared.append(command.model_copy(update={"args": rest}))
    return prepared


def _checked(said: object) -> str | None:
    """The SIRET, or the SIREN that was given in its place; None when its key is wrong."""
    for check in (checked_siret, checked_siren):
        try:
            return check(str(said))
        except InvalidIdentifier:
            continue
    return None
