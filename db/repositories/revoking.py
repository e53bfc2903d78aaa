"""Queries about messages to clients that an artisan wants back after they left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_ASK = text("""
update outbox o set revoke_asked_at = now()
 where o.organization_id = :organization_id and o.recipient = 'client' and o.revoke_asked_at is null
   and o.status in ('sending', 'sent', 'delivered', 'read') and o.sending_at > now() - cast(:within as interval)
   and o.conversation_id in (
     select id from conversations where organization_id = :organization_id and chat_id = :chat_id)
   and (cast(:document_id as uuid) is null
        or (o.document_id = :document_id and o.document_version is not distinct from :version))
returning o.id, o.channel
""")

_WANTED_BACK = text("""
select o.id, o.organization_id, o.status, o.provider_message_id, o.document_kind, o.document_id,
       o.status = 'read' as read, a.provider,
       exists (select 1 from whatsapp_messages m where m.outbox_id = o.id and m.deleted_at is not null) as deleted
  from outbox o join whatsapp_accounts a on a.id = o.account_id
 where o.id = :id and o.revoke_asked_at is not null
""")

_REVOKED = text("update outbox set status = 'revoked' where id = :id and status <> 'revoked' returning id")

_DELETED = text("update whatsapp_messages set deleted_at = coalesce(deleted_at, now()) where outbox_id = :id")


async def ask(
    session: AsyncSession,
    organization_id: UUID,
    chat_id: UUID,
    within: timedelta,
    document_id: UUID | None,
    version: int | None,
) -> Sequence[Row[Any]]:
    """Notes that what left for clients from this chat within that time is wanted back: ``id`` and ``channel``."""
    values = {
        "organization_id": organization_id,
        "chat_id": chat_id,
        "within": within,
        "document_id": document_id,
        "version": version,
    }
    return (await session.execute(_ASK, values)).all()


async def wanted_back(session: AsyncSession, outbox_id: UUID) -> Row[Any] | None:
    """The row with its account's provider and whether the client had read it; None when nobody wants it back."""
    return (await session.execute(_WANTED_BACK, {"id": outbox_id})).first()


async def mark_revoked(session: AsyncSession, outbox_id: UUID) -> bool:
    """Records that the message is gone from the client's phone; False when that was known."""
    await session.execute(_DELETED, {"id": outbox_id})
    return await session.scalar(_REVOKED, {"id": outbox_id}) is not None
