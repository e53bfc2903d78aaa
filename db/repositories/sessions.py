"""Queries of WhatsApp sessions: the accounts with their counters, their log, and who looks after them.

``organization_id`` None means every organization and the assistant's own numbers: for admins and jobs, in a system
session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SessionEvent, User, WhatsappAccount
from db.models.base import new_id
from db.paging import Rows, Sortable, Wanted, fetch_page

PROVIDER = "unipile"
"""Only numbers linked as a device have sessions; other providers connect once, by configuration."""
NEW = "new:"
"""Begins the provider id of an account that the provider does not know (yet, or any more)."""
SESSIONS_BY = Sortable({"created_at": WhatsappAccount.created_at}, key=WhatsappAccount.id, default="created_at")
LOG_BY = Sortable({"created_at": SessionEvent.created_at}, key=SessionEvent.id, default="-created_at")

_COUNTERS = text("""
select a.id, m.message_count, m.last_activity_at, coalesce(o.sent_today, 0) as sent_today,
       coalesce(o.waiting, 0) as waiting
  from whatsapp_accounts a
  left join lateral (
    select count(*) as message_count, max(received_at) as last_activity_at
      from whatsapp_messages where account_id = a.id
  ) m on true
  left join lateral (
    select count(*) filter (where sent_at >= date_trunc('day', now())) as sent_today,
           count(*) filter (where status in ('queued', 'sending')) as waiting
      from outbox where account_id = a.id and channel = 'whatsapp'
       and (status in ('queued', 'sending') or sent_at >= date_trunc('day', now()))
  ) o on true
 where a.id = any(:ids)
""")

_DUE = text("""
update whatsapp_accounts set next_check_at = now() + cast(:lease as interval)
 where id in (
   select id from whatsapp_accounts where is_active and provider = 'unipile' and next_check_at <= now()
    order by next_check_at limit :limit for update skip locked)
returning id
""")

_RELEASE = text("""
with freed as (
  update outbox set not_before = null
   where account_id = :account_id and channel = 'whatsapp' and status = 'queued' and attempts > 0
  returning to_phone, chat_id
)
select distinct coalesce(to_phone, cast(chat_id as text)) as lane from freed
""")

_ASSISTANT = text("""
insert into whatsapp_accounts as a (id, kind, provider_account_id, phone)
values (:id, 'assistant', :provider_account_id, :phone)
on conflict (provider_account_id) do update set phone = excluded.phone, is_active = true, updated_at = now()
returning id
""")

_RECENT_LOG = text("""
select 1 from system_logs where event = :event and created_at > now() - cast(:within as interval) limit 1
""")


async def get_session(
    session: AsyncSession, organization_id: UUID | None, account_id: UUID, *, lock: bool = False
) -> WhatsappAccount | None:
    """The session's account; ``lock`` keeps others from changing it until the transaction ends.

    The lock is one that messages of the account pass: their foreign key must not wait for it.
    """
    query = _sessions(organization_id).where(WhatsappAccount.id == account_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return await session.scalar(query.execution_options(populate_existing=True))


async def session_by_provider_id(session: AsyncSession, provider_account_id: str) -> UUID | None:
    """The active session that the provider knows under this id."""
    query = select(WhatsappAccount.id).where(
        WhatsappAccount.provider_account_id == provider_account_id, WhatsappAccount.is_active
    )
    return await session.scalar(query)


async def list_sessions(session: AsyncSession, organization_id: UUID | None) -> Sequence[WhatsappAccount]:
    """Every session in use of an organization, or of all."""
    return (await session.scalars(_sessions(organization_id).where(WhatsappAccount.is_active))).all()


def _sessions(organization_id: UUID | None) -> Select[WhatsappAccount]:
    query = select(WhatsappAccount).where(WhatsappAccount.provider == PROVIDER)
    if organization_id is None:
        return query
    # Row-level security lets every company see the assistant's number; it is no company's session.
    return query.where(WhatsappAccount.organization_id == organization_id, WhatsappAccount.kind == "artisan")


async def page_of_sessions(
    session: AsyncSession,
    organization_id: UUID | None,
    wanted: Wanted,
    *,
    status: str | None = None,
    removed: bool = False,
) -> Rows[WhatsappAccount]:
    """The sessions of an organization, or all; removed ones only when asked for."""
    query = _sessions(organization_id)
    if status is not None:
        query = query.where(WhatsappAccount.status == status)
    if not removed:
        query = query.where(WhatsappAccount.is_active)
    return await fetch_page(session, query, wanted)


async def numbers_by_state(session: AsyncSession) -> list[tuple[str, str, int]]:
    """Numbers in use, as (kind, status, count)."""
    query = (
        select(WhatsappAccount.kind, WhatsappAccount.status, func.count())
        .where(WhatsappAccount.is_active, WhatsappAccount.provider == PROVIDER)
        .group_by(WhatsappAccount.kind, WhatsappAccount.status)
    )
    return [(kind, status, count) for kind, status, count in await session.execute(query)]


async def counters(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Per session: messages stored, last of them, sent since midnight UTC, waiting to leave (R025, R027)."""
    rows = (await session.execute(_COUNTERS, {"ids": list(ids)})).all()
    return {row.id: row for row in rows}


async def add_event(session: AsyncSession, event: SessionEvent) -> None:
    session.add(event)
    await session.flush()


async def events_of(
    session: AsyncSession, organization_id: UUID | None, account_id: UUID, wanted: Wanted
) -> Rows[SessionEvent]:
    """The log of a session (R029)."""
    query = select(SessionEvent).where(SessionEvent.account_id == account_id)
    if organization_id is not None:
        query = query.where(SessionEvent.organization_id == organization_id)
    return await fetch_page(session, query, wanted)


async def take_due(session: AsyncSession, lease: timedelta, limit: int = 200) -> Sequence[UUID]:
    """Sessions whose time has come; nobody else takes them for ``lease``."""
    return (await session.scalars(_DUE, {"lease": lease, "limit": limit})).all()


async def release_waiting(session: AsyncSession, account_id: UUID) -> Sequence[str]:
    """Makes what failed while the account was away due now; returns the lanes. Held messages stay held (UX-45)."""
    return (await session.scalars(_RELEASE, {"account_id": account_id})).all()


async def owner_of(session: AsyncSession, account: WhatsappAccount) -> User | None:
    """Who can scan the code: the account's user, else the organization's owner."""
    if account.user_id is not None:
        user = await session.get(User, account.user_id)
        if user is not None and user.is_active:
            return user
    query = (
        select(User)
        .where(User.organization_id == account.organization_id, User.is_active, User.role == "OWNER")
        .order_by(User.created_at)
        .limit(1)
    )
    return await session.scalar(query)


async def user_of(session: AsyncSession, organization_id: UUID, user_id: UUID) -> User | None:
    """A user of the organization."""
    return await session.scalar(select(User).where(User.organization_id == organization_id, User.id == user_id))


async def assistant(session: AsyncSession) -> WhatsappAccount | None:
    """The assistant's number, a connected one first."""
    query = (
        select(WhatsappAccount)
        .where(WhatsappAccount.kind == "assistant", WhatsappAccount.is_active, WhatsappAccount.provider == PROVIDER)
        .order_by(WhatsappAccount.status != "connected", WhatsappAccount.created_at)
        .limit(1)
    )
    return await session.scalar(query)


async def ensure_assistant(session: AsyncSession, provider_account_id: str, phone: str) -> UUID:
    """The assistant's account, created (disconnected) when it is missing."""
    arguments = {"id": new_id(), "provider_account_id": provider_account_id, "phone": phone}
    return (await session.execute(_ASSISTANT, arguments)).scalar_one()


async def logged_within(session: AsyncSession, event: str, within: timedelta) -> bool:
    """Whether the system log has ``event`` in the last ``within``, of any organization."""
    return (await session.execute(_RECENT_LOG, {"event": event, "within": within})).first() is not None


async def database_now(session: AsyncSession) -> datetime:
    """The clock that all processes share."""
    return (await session.execute(text("select clock_timestamp()"))).scalar_one()
