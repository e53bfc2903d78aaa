"""release_retention: the guarantee kept back on an invoice is due, one year after the works were taken over (legal.md 56)."""

from __future__ import annotations

from services.documents import payments
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define
from tools.follow_up import find_invoices


class ReleaseRetentionArgs(Args):
    """The invoice by ``reference`` or ``client_name``; neither = the only one with a retention."""

    reference: str | None = None
    client_name: str | None = None


async def release_retention(context: TurnContext, args: ReleaseRetentionArgs) -> str:
    found = await find_invoices(context, args.reference, args.client_name)
    held = [(row, client) for row, client in found if row.retention > 0 and row.retention_released_on is None]
    if not held:
        raise ToolRefusal("no_retention", name=args.reference or args.client_name or "")
    for row, client in held:
        await payments.release_retention(
            context.session, context.organization_id, row.id, released_on=context.now.date()
        )
        context.report(
            "retention_released", number=row.number, amount=row.retention, client=client.name if client else None
        )
    return "retention released: " + ", ".join(row.number or "" for row, _ in held)


TOOL = define(
    "release_retention",
    "The retention guarantee of an invoice is released and now due, only when the artisan says so.",
    ReleaseRetentionArgs,
    Effect.DRAFT,
    release_retention,
)
