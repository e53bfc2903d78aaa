"""find_client: looks a client up and shows his card."""

from __future__ import annotations

from db.models import Client
from db.repositories.clients import get_client
from services.clients import service as clients
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class FindClientArgs(Args):
    """``query``: the name as said; without it the client at hand, or the one just looked up."""

    query: str | None = None


async def find_client(context: TurnContext, args: FindClientArgs) -> str:
    if args.query is None:
        return await _at_hand(context)
    client, plausible = await clients.find(context.session, context.organization_id, args.query)
    if client is None:
        if not plausible:
            raise ToolRefusal("client_unknown", name=args.query)
        context.report("client_candidates", said=args.query, candidates=[clients.buyer(one) for one in plausible])
        return "several: " + ", ".join(candidate.name for candidate in plausible)
    return _card(context, client)


async def _at_hand(context: TurnContext) -> str:
    """ "redonne-moi sa fiche": of the draft's client, else of the one spoken of before."""
    document = context.desk.document
    meant = document.buyer.client_id if document and document.buyer else None
    meant = meant or context.memory.client_id or context.spoken_of
    client = await get_client(context.session, context.organization_id, meant) if meant else None
    if client is None:
        raise ToolRefusal("which_client")
    return _card(context, client)


def _card(context: TurnContext, client: Client) -> str:
    buyer = clients.buyer(client)
    context.memory.client_id = client.id
    context.report("client_card", buyer=buyer)
    return buyer.model_dump_json(exclude={"client_id"}, exclude_none=True)


TOOL = define("find_client", "Look up a client's details by name.", FindClientArgs, Effect.READ, find_client)
