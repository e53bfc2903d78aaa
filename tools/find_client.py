"""find_client: looks a client up and shows his card."""

from __future__ import annotations

from services.clients import service as clients
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class FindClientArgs(Args):
    """``query``: the name as said."""

    query: str


async def find_client(context: TurnContext, args: FindClientArgs) -> str:
    client, plausible = await clients.find(context.session, context.organization_id, args.query)
    if client is None:
        if not plausible:
            raise ToolRefusal("client_unknown", name=args.query)
        context.report("client_candidates", said=args.query, candidates=[clients.buyer(one) for one in plausible])
        return "several: " + ", ".join(candidate.name for candidate in plausible)
    buyer = clients.buyer(client)
    context.report("client_card", buyer=buyer)
    return buyer.model_dump_json(exclude={"client_id"}, exclude_none=True)


TOOL = define("find_client", "Look up a client's details by name.", FindClientArgs, Effect.READ, find_client)
