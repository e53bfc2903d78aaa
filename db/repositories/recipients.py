"""Queries of phones that WhatsApp refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BELIEVED_FOR = timedelta(days=30)
"""After this time the phone is tried again: people join WhatsApp, and unblock; our decision."""

_MARK = text("""
insert into unreachable_phones (organization_id, phone, why) values (:organization_id, :phone, :why)
on conflict (organization_id, phone) do update set why = excluded.why, since = clock_timestamp()
""")

_REFUSAL = text("""
select u.why from unreachable_phones u
 where u.organization_id = :organization_id and u.phone = :phone and u.since > now() - cast(:believed_for as interval)
   and not exists (
     select 1 from whatsapp_messages m where m.organization_id = u.organization_id and m.direction = 'inbound'
        and m.sender_phone = u.phone and m.sent_at > u.since)
""")

_STOP = text("""
update outbox set status = 'failed', not_before = null, error = :error
 where organization_id = :organization_id and recipient = 'client' and channel = 'whatsapp' and to_phone = :phone
   and status = 'queued'
returning id
""")


async def mark_unreachable(
    session: AsyncSession, organization_id: UUID, phone: str, why: str, error: str
) -> list[UUID]:
    """Remembers why a client's phone takes no messages, and gives up what still waits for it; returns those rows."""
    values = {"organization_id": organization_id, "phone": phone}
    await session.execute(_MARK, {**values, "why": why})
    return list((await session.scalars(_STOP, {**values, "error": error[:1000]})).all())


async def refusal(session: AsyncSession, organization_id: UUID, phone: str) -> str | None:
    """ "invalid_recipient" or "blocked" when WhatsApp refused the phone lately and nobody wrote from it since."""
    values = {"organization_id": organization_id, "phone": phone, "believed_for": BELIEVED_FOR}
    why: str | None = await session.scalar(_REFUSAL, values)
    return why
