"""list_documents: quotes and invoices by state, and who owes money."""

from __future__ import annotations

from typing import Literal

from services.clients import service as clients
from services.documents.lookup import list_documents as search
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define

Status = Literal["draft", "issued", "sent", "unpaid", "overdue", "paid", "accepted"]


class ListDocumentsArgs(Args):
    """``kind`` and ``status`` narrow the list; ``client_name`` to one client."""

    kind: Literal["quote", "invoice"] | None = None
    status: Status | None = None
    client_name: str | None = None


async def list_documents(context: TurnContext, args: ListDocumentsArgs) -> str:
    client_id = None
    if args.client_name:
        client, _ = await clients.find(context.session, context.organization_id, args.client_name)
        if client is None:
            raise ToolRefusal("client_unknown", name=args.client_name)
        client_id = client.id
    found = await search(
        context.session,
        context.organization_id,
        today=context.now.date(),
        kind=args.kind,
        status=args.status,
        client_id=client_id,
    )
    context.report("list", documents=found, status=args.status, document_kind=args.kind)
    return "\n".join(f"{item.number or 'draft'} {item.client} {item.total} {item.status}" for item in found)


TOOL = define(
    "list_documents",
    "List quotes and invoices by status; status=unpaid answers who owes money.",
    ListDocumentsArgs,
    Effect.READ,
    list_documents,
)
