"""Takes a message back that has left: the client's phone shows it no longer, while WhatsApp allows that (R059)."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer
from db.repositories import revoking as repository
from db.session import Database
from services.messaging.channel import ChannelOf
from services.messaging.channel_errors import InvalidRecipient, NotFound, Refused

JUST_SENT = timedelta(minutes=5)
"""How long "stop" is about what has left; later it means something else. Our decision."""
REVOKE = "revoke_message"
REVOKED = "message_revoked"
"""Job called with ``outbox_id`` and ``outcome`` when it is known whether the message could be taken back."""

Outcome = Literal["gone", "gone_but_read", "too_late"]


class NotYet(Exception):
    """Whether the message left, or under which id, is not known yet: to be tried again."""


async def ask(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, document_id: UUID | None, version: int | None
) -> Literal["asked", "too_late"] | None:
    """Wants back what just left for clients from this chat, of one version of a document or all.

    None when there is nothing of that kind; "too_late" when it went by e-mail, which cannot be taken back.
    """
    rows = await repository.ask(session, organization_id, chat_id, JUST_SENT, document_id, version)
    for row in rows:
        if row.channel == "whatsapp":
            await defer(session, REVOKE, outbox_id=str(row.id))
    if any(row.channel == "whatsapp" for row in rows):
        return "asked"
    return "too_late" if rows else None


async def revoke(database: Database, channel_of: ChannelOf, outbox_id: UUID) -> None:
    """Takes one message back at its provider and calls for the notice of how it went.

    Raises ``NotYet`` while it is being sent, and the ``ChannelError`` of a failure that may pass.
    """
    async with database.system() as session:
        row = await repository.wanted_back(session, outbox_id)
    if row is None or row.status in ("revoked", "cancelled", "failed"):
        return
    if row.status in ("queued", "sending") or row.provider_message_id is None:
        raise NotYet(str(outbox_id))
    outcome: Outcome = "gone_but_read" if row.read else "gone"
    channel = channel_of(row.provider)
    try:
        if not channel.capabilities.revoke:
            raise Refused("the channel takes nothing back")
        await channel.revoke(row.provider_message_id)
    except (NotFound, Refused, InvalidRecipient):
        outcome = outcome if row.deleted else "too_late"
    async with database.system() as session:
        if outcome == "too_late" or await repository.mark_revoked(session, outbox_id):
            await defer(session, REVOKED, outbox_id=str(outbox_id), outcome=outcome)
