"""select_client: says whom the document is for; an unknown name becomes a new client without a question (UX-28)."""

from __future__ import annotations

from services.clients import service as clients
from services.clients.schemas import ClientFields, ClientKind
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import ON_QUOTE


class SelectClientArgs(Args):
    """``name`` without title; ``place`` helps to tell namesakes apart."""

    name: str
    title: str | None = None
    place: str | None = None
    kind: ClientKind | None = None


async def select_client(context: TurnContext, args: SelectClientArgs) -> str:
    context.editable()
    client, plausible = await clients.find(context.session, context.organization_id, args.name, args.place)
    fields = ClientFields(name=args.name, title=args.title, kind=args.kind, city=args.place)
    if client is not None:
        clients.apply(client, ClientFields(title=args.title) if not client.title else ClientFields())
        await context.use_client(client, new=False)
        return f"client {client.name}"
    if plausible:
        context.memory.pending_client = fields.model_dump(exclude_none=True)
        context.report("client_ambiguous", said=args.name, candidates=[clients.buyer(one) for one in plausible])
        return "several clients: " + ", ".join(one.name for one in plausible)
    document = context.desk.document
    if document is not None and document.kind in ON_QUOTE:
        context.report("no_follow_up")
        raise ToolRefusal("client_unknown", name=args.name)
    client = await clients.create(context.session, context.organization_id, fields, created_by=context.user.id)
    await context.session.flush()
    await context.use_client(client, new=True)
    return f"new client {client.name}"


TOOL = define(
    "select_client",
    "Say which client the current document is for. Known or new; the name exactly as said, without title.",
    SelectClientArgs,
    Effect.DRAFT,
    select_client,
)
