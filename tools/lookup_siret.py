"""lookup_siret: checks a SIRET number and gives it to the client at hand."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.update_client import UpdateClientArgs, update_client


class LookupSiretArgs(Args):
    """``siret``: 14 digits, spaces allowed."""

    siret: str


async def lookup_siret(context: TurnContext, args: LookupSiretArgs) -> str:
    return await update_client(context, UpdateClientArgs(siret=args.siret))


TOOL = define(
    "lookup_siret", "Check a SIRET and note it for the client at hand.", LookupSiretArgs, Effect.READ, lookup_siret
)
