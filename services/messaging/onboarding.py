"""A stranger who writes to the assistant's number is told once what it is; nothing of his is read by anybody (C39)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import messaging as repository
from prompts.replies import say
from services.messaging import outbox
from services.messaging.authority import Account
from services.messaging.schemas import InboundMessage, OutgoingMessage, RawWebhook

ONCE_IN = timedelta(days=30)
"""One reply to a person in this time, however often he writes and from however many chats."""
TOO_LATE = timedelta(days=1)
"""A message this old is not answered any more."""

log = structlog.get_logger(__name__)


async def greet_stranger(
    session: AsyncSession, account: Account, message: InboundMessage, chat_id: UUID, raw: RawWebhook
) -> bool:
    """Writes the one reply, in both languages since nothing is known of him; False when he gets none.

    People who are a client of some artisan get none: they write in answer to a document, and it would puzzle them.
    """
    if message.from_account or message.is_group or message.type == "event" or account.kind != "assistant":
        return False
    if raw.received_at - message.sent_at > TOO_LATE:
        return False
    if not await repository.may_greet(session, chat_id, ONCE_IN):
        return False
    body = "\n\n".join(say(language, "strangers.hello") for language in ("fr", "tr"))
    greeting = OutgoingMessage(
        organization_id=None, account_id=account.id, chat_id=chat_id, recipient="stranger", body=body
    )
    await outbox.enqueue(session, greeting)
    log.info("stranger.greeted", chat=str(chat_id))
    return True
