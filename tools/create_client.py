"""create_client: an explicit order to add a client to the address book."""

from __future__ import annotations

from services.clients import service as clients
from services.clients.schemas import ClientFields, ClientKind
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class CreateClientArgs(Args):
    """The client's card as said; ``phone`` as typed or E.164. A fact that cannot be right is refused alone.

    Without ``name`` the name is asked for.
    """

    name: str | None = None
    title: str | None = None
    place: str | None = None
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


async def create_client(context: TurnContext, args: CreateClientArgs) -> str:
    if not args.name:
        context.report("card_wanted")
        return "the name is asked for"
    values = args.model_dump(exclude={"place"})
    fields, wrong = clients.usable(ClientFields(**values, city=args.place))
    known, _ = await clients.find(context.session, context.organization_id, args.name, args.place)
    if known is not None:
        clients.apply(known, fields.model_copy(update={"name": None}))
        client = known
    else:
        client = await clients.create(context.session, context.organization_id, fields, created_by=context.user.id)
    await context.session.flush()
    context.memory.client_id = client.id
    if context.desk.document is not None and context.desk.document.buyer is None:
        await context.use_client(client, new=known is None)
    context.report("client_saved", buyer=clients.buyer(client), new=known is None)
    if wrong is not None:
        context.report("refused", key=f"invalid_{wrong.field}", values={"value": wrong.value})
    return f"client {client.name} saved"


TOOL = define(
    "create_client",
    "Add a client to the address book, only when the artisan explicitly asks for it.",
    CreateClientArgs,
    Effect.DRAFT,
    create_client,
)
