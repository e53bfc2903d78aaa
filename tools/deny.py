"""deny: the artisan says no or stop; with no question open, that stops what is about to leave (UX-45)."""

from __future__ import annotations

from services.messaging import outbox
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class DenyArgs(Args):
    """No argument."""


async def deny(context: TurnContext, args: DenyArgs) -> str:
    if context.memory.awaiting is None:
        document = context.desk.document
        stopped = await outbox.cancel_held(context.session, context.organization_id, document.id if document else None)
        if stopped:
            context.memory.wants_send = False
            context.report("send_stopped", count=stopped)
            return "nothing was sent"
    context.report("denied")
    return "noted"


TOOL = define("deny", "The artisan says no or stop.", DenyArgs, Effect.DIALOGUE, deny)
