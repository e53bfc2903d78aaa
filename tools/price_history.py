"""price_history: what a work was last sold for (UX-21)."""

from __future__ import annotations

from services.clients import service as clients
from services.documents.designations import designate
from services.documents.lookup import remembered_price
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class PriceHistoryArgs(Args):
    """``description`` of the work as said; ``client_name`` to ask about one client."""

    description: str
    client_name: str | None = None


async def price_history(context: TurnContext, args: PriceHistoryArgs) -> str:
    client_id = None
    if args.client_name:
        client, _ = await clients.find(context.session, context.organization_id, args.client_name)
        client_id = client.id if client else None
    french = designate(args.description, context.language).french  # type: ignore[arg-type]
    price = None
    for within in (False, True):
        price = price or await remembered_price(
            context.session, context.organization_id, french, said=args.description, client_id=client_id, within=within
        )
    if price is None:
        raise ToolRefusal("no_price_history", description=args.description)
    context.report("price", price=price)
    return f"{price.unit_price} EUR/{price.unit} at {price.client} on {price.on}"


TOOL = define("price_history", "The last price asked for a work.", PriceHistoryArgs, Effect.READ, price_history)
