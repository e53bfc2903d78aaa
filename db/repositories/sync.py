"""Queries of the sync: progress of imports, cursors of polls, what is known of listed messages. System sessions only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AccountSync, WhatsappMessage

_BEGIN = text("""
insert into account_syncs (account_id, organization_id, history_until)
select a.id, a.organization_id,
       coalesce(cast(:history_until as timestamptz), least(clock_timestamp(), a.disconnected_at))
  from whatsapp_accounts a where a.id = :account_id and a.provider = 'unipile'
on conflict (account_id) do nothing
returning account_id
""")

_AGAIN = text("""
update account_syncs set status = 'waiting', requested_at = clock_timestamp(), started_at = null, finished_at = null,
    chats_total = 0, chats_done = 0, messages_found = 0, error = null
 where account_id = :account_id and status in ('done', 'failed')
returning account_id
""")

_START = text("""
update account_syncs set status = 'running', started_at = coalesce(started_at, clock_timestamp()), finished_at = null,
    chats_total = :chats_total, chats_done = 0, error = null
 where account_id = :account_id
""")

_PROGRESS = text("""
update account_syncs set chats_done = chats_done + 1, messages_found = messages_found + :messages
 where account_id = :account_id
""")

_FINISH = text("""
update account_syncs set status = :status, error = :error, finished_at = clock_timestamp(),
    polled_until = greatest(polled_until, cast(:polled_until as timestamptz))
 where account_id = :account_id
""")

_NOTE_ERROR = text("update account_syncs set error = :error where account_id = :account_id")

_POLLED = text("""
update account_syncs set polled_at = clock_timestamp(), poll_error = :error, recovered = recovered + :recovered,
    polled_until = greatest(polled_until, cast(:polled_until as timestamptz))
 where account_id = :account_id
""")

_ACCOUNT = text("""
select a.id, a.provider_account_id, a.status, a.connected_at, a.disconnected_at, s.history_until, s.polled_until
  from whatsapp_accounts a join account_syncs s on s.account_id = a.id
 where a.id = :account_id
""")

_UNSYNCED = text("""
select a.id, a.connected_at from whatsapp_accounts a
 where a.status = 'connected' and a.provider = 'unipile'
   and not exists (select 1 from account_syncs s where s.account_id = a.id)
 limit 500
""")

_DUE = text("""
select a.id from whatsapp_accounts a join account_syncs s on s.account_id = a.id
 where a.status = 'connected' and a.provider = 'unipile'
   and coalesce(s.polled_at, s.requested_at) <= clock_timestamp() - cast(:every as interval)
   and not exists (
     select 1 from procrastinate_jobs j where j.status in ('todo', 'doing') and j.lock = 'sync:' || a.id)
 order by s.polled_at nulls first
 limit 500
""")

_WAITS = text("""
select exists (select 1 from procrastinate_jobs where status = 'todo' and lock = 'sync:' || :account_id)
""")

_CHAT = text("""
select id, synced_until, attendee_phone from whatsapp_chats
 where account_id = :account_id and provider_chat_id = :provider_chat_id
""")

_LOOKED_THROUGH = text("""
update whatsapp_chats set synced_until = greatest(synced_until, cast(:until as timestamptz)),
    archived = coalesce(:archived, archived), muted_until = :muted_until,
    unread_count = coalesce(cast(:unread as integer), unread_count)
 where account_id = :account_id and provider_chat_id = :provider_chat_id
""")

_END_PAUSES = text("""
update whatsapp_chats set bot_paused = false, paused_until = null, updated_at = now()
 where paused_until <= clock_timestamp() and purpose = 'customer'
""")

_TAKE_STALE = text("""
update whatsapp_messages set details = details || '{"stale": "told"}'
 where organization_id = :organization_id and chat_id = :chat_id and details ->> 'stale' = 'untold'
   and deleted_at is null
returning id
""")


async def begin(session: AsyncSession, account_id: UUID, history_until: datetime | None = None) -> bool:
    """Notes that an account wants its first import; False when it had one, or its provider has no history to give.

    ``history_until`` defaults to now, or to when the number was lost if it had been connected before.
    """
    arguments = {"account_id": account_id, "history_until": history_until}
    return (await session.execute(_BEGIN, arguments)).one_or_none() is not None


async def begin_again(session: AsyncSession, account_id: UUID) -> bool:
    """Sets a finished import back to its beginning; False while one waits or runs. What is history stays history."""
    return (await session.execute(_AGAIN, {"account_id": account_id})).one_or_none() is not None


async def start(session: AsyncSession, account_id: UUID, chats_total: int) -> None:
    await session.execute(_START, {"account_id": account_id, "chats_total": chats_total})


async def count_chat(session: AsyncSession, account_id: UUID, messages: int) -> None:
    """One more chat of the import is done, with so many messages that were not known."""
    await session.execute(_PROGRESS, {"account_id": account_id, "messages": messages})


async def finish(
    session: AsyncSession, account_id: UUID, status: str, *, until: datetime | None = None, error: str | None = None
) -> None:
    """Ends an import as ``done`` or ``failed``; the poll goes on from ``until``."""
    arguments = {"account_id": account_id, "status": status, "error": error, "polled_until": until}
    await session.execute(_FINISH, arguments)


async def note_error(session: AsyncSession, account_id: UUID, error: str) -> None:
    """Why an import that will be tried again stands still."""
    await session.execute(_NOTE_ERROR, {"account_id": account_id, "error": error[:500]})


async def note_poll(
    session: AsyncSession, account_id: UUID, *, until: datetime | None, recovered: int, error: str | None
) -> None:
    """Records a poll: the last activity it saw (never going back) and how many messages only it brought."""
    arguments = {"account_id": account_id, "polled_until": until, "recovered": recovered, "error": error}
    await session.execute(_POLLED, arguments)


async def get_sync(session: AsyncSession, account_id: UUID) -> AccountSync | None:
    """The state of an account's sync; None when it was never connected."""
    query = select(AccountSync).where(AccountSync.account_id == account_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def account(session: AsyncSession, account_id: UUID) -> Row[Any] | None:
    """The account with what a look into it needs; None before its first connection."""
    return (await session.execute(_ACCOUNT, {"account_id": account_id})).one_or_none()


async def unsynced(session: AsyncSession) -> Sequence[Row[Any]]:
    """Connected accounts that nobody has announced yet."""
    return (await session.execute(_UNSYNCED)).all()


async def due(session: AsyncSession, every: object) -> Sequence[UUID]:
    """Connected accounts that were not looked into for ``every`` and that no job looks after."""
    return (await session.scalars(_DUE, {"every": every})).all()


async def job_waits(session: AsyncSession, account_id: UUID) -> bool:
    """True while a job of the account's sync is still to begin."""
    return bool((await session.execute(_WAITS, {"account_id": str(account_id)})).scalar_one())


@dataclass(frozen=True, slots=True)
class Known:
    """A stored message as far as a look into its chat compares it; ``words`` are the newest ones."""

    words: str | None
    direction: str
    placeholder: bool
    deleted_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


async def known(session: AsyncSession, account_id: UUID, provider_message_ids: Sequence[str]) -> dict[str, Known]:
    """What is stored of these messages, by the provider's id."""
    query = select(WhatsappMessage).where(
        WhatsappMessage.account_id == account_id, WhatsappMessage.provider_message_id.in_(provider_message_ids)
    )
    found = (await session.scalars(query.execution_options(populate_existing=True))).all()
    return {message.provider_message_id: _known(message) for message in found}


def _known(message: WhatsappMessage) -> Known:
    edited = message.details.get("edited_text")
    return Known(
        words=message.text if edited is None else edited,
        direction=message.direction,
        placeholder="placeholder" in message.details,
        deleted_at=message.deleted_at,
        delivered_at=message.delivered_at,
        read_at=message.read_at,
    )


async def chat(session: AsyncSession, account_id: UUID, provider_chat_id: str) -> Row[Any] | None:
    """The chat as far as it is known."""
    arguments = {"account_id": account_id, "provider_chat_id": provider_chat_id}
    return (await session.execute(_CHAT, arguments)).one_or_none()


async def looked_through(
    session: AsyncSession,
    account_id: UUID,
    provider_chat_id: str,
    *,
    until: datetime | None,
    archived: bool,
    muted_until: datetime | None,
    unread: int | None,
) -> None:
    """Moves the chat's cursor forward and takes over what the provider says of it; ``unread`` None leaves the count."""
    arguments = {
        "account_id": account_id,
        "provider_chat_id": provider_chat_id,
        "until": until,
        "archived": archived,
        "muted_until": muted_until,
        "unread": unread,
    }
    await session.execute(_LOOKED_THROUGH, arguments)


async def end_pauses(session: AsyncSession) -> None:
    """Lets automation speak again in customers' chats that the artisan took over long enough ago (UX-87)."""
    await session.execute(_END_PAUSES)


async def take_stale(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> Sequence[WhatsappMessage]:
    """The orders of a chat that came too late and of which nobody was told, in order; each is returned once."""
    taken = await session.scalars(_TAKE_STALE, {"organization_id": organization_id, "chat_id": chat_id})
    query = (
        select(WhatsappMessage)
        .where(WhatsappMessage.organization_id == organization_id, WhatsappMessage.id.in_(taken.all()))
        .order_by(WhatsappMessage.sent_at, WhatsappMessage.id)
    )
    return (await session.scalars(query)).all()
