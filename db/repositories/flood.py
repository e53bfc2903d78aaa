"""Queries of the brake: how fast a phone writes in its chat, and until when its turns wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_PACE = text("""
select c.braked_until, (
    select count(*) from (
      select 1 from whatsapp_messages m
       where m.organization_id = c.organization_id and m.chat_id = c.id and m.direction = 'inbound'
         and m.processing_status <> 'ignored' and m.received_at > cast(:now as timestamptz) - interval '1 minute'
         and m.sent_at > cast(:now as timestamptz) - interval '1 day'
         and m.sent_at > (select max(sent_at) from whatsapp_messages last where last.chat_id = c.id
                             and last.direction = 'inbound') - interval '1 minute'
       limit :enough) counted) as messages
  from whatsapp_chats c where c.organization_id = :organization_id and c.id = :chat_id
""")

_BRAKE = text("""
update whatsapp_chats set braked_until = :until where organization_id = :organization_id and id = :chat_id
""")


async def pace(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, now: datetime, enough: int
) -> Row[Any] | None:
    """``braked_until`` of the chat, and how many ``messages`` of its last minute came in just now, at most ``enough``.

    What a phone wrote over hours and its provider brings at once is no flood: the minute is the phone's own too.
    """
    arguments = {"organization_id": organization_id, "chat_id": chat_id, "now": now, "enough": enough}
    return (await session.execute(_PACE, arguments)).one_or_none()


async def brake(session: AsyncSession, organization_id: UUID, chat_id: UUID, until: datetime) -> None:
    """Turns of the chat wait until then."""
    await session.execute(_BRAKE, {"organization_id": organization_id, "chat_id": chat_id, "until": until})
