"""What is going on for one phone, across tenants: for the simulator's control API only."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_BUSY = text(
    """
    select exists (
      select 1 from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id
       where c.attendee_phone = :phone and m.processing_status in ('received', 'queued') and m.direction = 'inbound'
         and c.purpose = 'command')
    or exists (
      select 1 from outbox o where o.to_phone = :phone
         and (o.status = 'sending' or o.status = 'queued' and coalesce(o.not_before, '-infinity') <= now()))
    or exists (
      select 1 from whatsapp_chats c join outbox o on o.chat_id = c.id
       where c.attendee_phone = :phone and o.to_phone is null
         and (o.status = 'sending' or o.status = 'queued' and coalesce(o.not_before, '-infinity') <= now()))
    or exists (
      select 1 from users u join quotes q on q.organization_id = u.organization_id
       where u.whatsapp_phone = :phone and q.pdf_status = 'pending')
    or exists (
      select 1 from users u join invoices i on i.organization_id = u.organization_id
       where u.whatsapp_phone = :phone and i.pdf_status = 'pending')
    or exists (
      select 1 from procrastinate_jobs j where j.task_name = 'keep_company_file' and j.status in ('todo', 'doing')
         and j.args -> 'reply' ->> 'to_phone' = :phone)
    or exists (
      select 1 from users u join jobs.procrastinate_jobs j on j.args ->> 'organization_id' = u.organization_id::text
       where u.whatsapp_phone = :phone and j.status in ('todo', 'doing')
         and j.task_name in ('preview_pdf', 'reread', 'tell_of_stale'))
    """
)
_CONVERSATION = text(
    """
    select v.organization_id, v.id, v.workflow, v.status, v.current_step, v.awaiting, v.language, v.quote_id,
           v.invoice_id
      from users u join whatsapp_chats c on c.user_id = u.id and c.purpose = 'command'
      join conversations v on v.chat_id = c.id
     where u.whatsapp_phone = :phone
     order by (v.status = 'active') desc, v.last_interaction_at desc limit 1
    """
)


async def busy(session: AsyncSession, phone: str) -> bool:
    """True while a message of the phone waits or is in work, a PDF is being made, a file fetched, or a reply has not left."""
    return bool(await session.scalar(_BUSY, {"phone": phone}))


async def conversation_of(session: AsyncSession, phone: str) -> Row[tuple[object, ...]] | None:
    """The run that the phone is in, or was in last."""
    return (await session.execute(_CONVERSATION, {"phone": phone})).one_or_none()


async def organization_of(session: AsyncSession, phone: str) -> UUID | None:
    """The organization of the user with this command phone."""
    found: UUID | None = await session.scalar(
        text("select organization_id from users where whatsapp_phone = :phone"), {"phone": phone}
    )
    return found
