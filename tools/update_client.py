"""update_client: completes or corrects a client's card."""

from __future__ import annotations

from db.models import Client
from db.repositories.clients import get_client
from services.clients import service as clients
from services.clients.schemas import ClientFields, ClientKind, InvalidClientFact
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define

_VAT_FACTS = frozenset(["kind", "siret", "siren", "vat_number", "country", "main_contractor"])


class UpdateClientArgs(Args):
    """``name`` = whose card (None: the client at hand); the other fields are what to write."""

    name: str | None = None
    new_name: str | None = None
    title: str | None = None
    kind: ClientKind | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    siren: str | None = None
    billing_address: str | None = None
    country: str | None = None
    main_contractor: bool | None = None
    small_business: bool | None = None
    einvoicing_address: str | None = None


async def update_client(context: TurnContext, args: UpdateClientArgs) -> str:
    client = await _client_meant(context, args.name)
    try:
        facts = clients.checked(ClientFields(**args.model_dump(exclude={"name", "new_name"})))
    except InvalidClientFact as error:
        raise ToolRefusal(f"invalid_{error.field}", value=error.value) from error
    changed = clients.apply(client, facts)
    if args.new_name:
        clients.rename(client, args.new_name)
        changed.append("name")
    await context.session.flush()
    document = context.desk.document
    if document is not None and document.buyer and document.buyer.client_id == client.id:
        document.buyer = clients.buyer(client)
        if _VAT_FACTS & set(changed):
            context.refresh_vat()
    context.report("client_updated", buyer=clients.buyer(client), fields=changed)
    return f"client {client.name} updated"


async def _client_meant(context: TurnContext, name: str | None) -> Client:
    document = context.desk.document
    at_hand = document.buyer.client_id if document and document.buyer else context.memory.client_id
    at_hand = at_hand or context.spoken_of
    if name:
        client, _ = await clients.find(context.session, context.organization_id, name)
        if client is not None:
            return client
        if at_hand is None:
            raise ToolRefusal("client_unknown", name=name)
    if at_hand is None:
        raise ToolRefusal("which_client")
    client = await get_client(context.session, context.organization_id, at_hand)
    if client is None:
        raise ToolRefusal("which_client")
    return client


TOOL = define(
    "update_client",
    "Complete or correct a client's card: kind, addresses, phone, e-mail, SIREN, SIRET, VAT number, main contractor, name.",
    UpdateClientArgs,
    Effect.DRAFT,
    update_client,
)
