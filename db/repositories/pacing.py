"""Queries of pacing: where an account stands, and the slots given to its rows. In system sessions, as delivery is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SendingPace

_ENSURE = text("""
insert into sending_paces (account_id, organization_id)
select id, organization_id from whatsapp_accounts where id = :account_id on conflict do nothing
""")

_STANDING = text("""
select p.shortest_gap, p.longest_gap, p.daily_limit, p.daily_new_limit, p.last_at, p.next_at, a.connected_at,
       clock_timestamp() as now,
       exists (select 1 from outbox o where o.account_id = p.account_id and o.status = 'sending'
                  and o.pace in ('known', 'new') and o.sending_at > clock_timestamp() - cast(:lease as interval)
       ) as under_way
  from sending_paces p join whatsapp_accounts a on a.id = p.account_id
 where p.account_id = :account_id for update of p
""")

_COUNTS = text("""
select count(*) filter (where o.status <> 'queued') as sent,
       count(*) filter (where o.status <> 'queued' and o.pace = 'new') as sent_new,
       count(*) filter (where o.status = 'queued' and o.id is distinct from cast(:id as uuid)) as promised,
       count(*) filter (where o.status = 'queued' and o.pace = 'new' and o.id is distinct from cast(:id as uuid)) as promised_new
  from outbox o
 where o.account_id = :account_id and o.pace in ('known', 'new') and o.status <> 'cancelled'
   and case when o.status = 'queued' then o.slot_at else o.sending_at end >= :since
""")

_CLAIM = text("""
update outbox set status = 'sending', sending_at = clock_timestamp(), attempts = attempts + 1, not_before = null,
       pace = :pace, slot_at = coalesce(slot_at, clock_timestamp())
 where id = :id returning attempts, sending_at
""")

_WAIT = text("update outbox set pace = :pace, slot_at = :slot_at, not_before = :not_before where id = :id")

_ADVANCE = text("""
update sending_paces set last_at = coalesce(:last_at, last_at), next_at = greatest(next_at, :next_at), updated_at = now()
 where account_id = :account_id
""")

_TOLD = text("""
select exists (select 1 from system_logs where event = :event and created_at >= :since
   and organization_id is not distinct from :organization_id and details ->> 'account_id' = :account_id)
""")

_FREE = text("""
update outbox set slot_at = null, not_before = null
 where account_id = :account_id and status = 'queued' and pace in ('known', 'new') and attempts = 0
returning coalesce(to_phone, cast(chat_id as text)) as lane
""")


@dataclass(frozen=True, slots=True)
class Counts:
    """Unasked messages of an account since a moment: left, and promised a slot; ``new`` of them to strangers."""

    sent: int
    sent_new: int
    promised: int
    promised_new: int


async def stand(session: AsyncSession, account_id: UUID, lease: timedelta = timedelta(0)) -> Row[Any] | None:
    """What an admin set for the account and when it last wrote; locked, so that slots are given one after another.

    ``under_way``: a send was begun within ``lease`` and its end is not known. None for an unknown account.
    """
    await session.execute(_ENSURE, {"account_id": account_id})
    return (await session.execute(_STANDING, {"account_id": account_id, "lease": lease})).one_or_none()


async def counts(session: AsyncSession, account_id: UUID, outbox_id: UUID | None, since: datetime) -> Counts:
    """How much the account wrote, or will, since then; the row itself does not count as promised."""
    row = (await session.execute(_COUNTS, {"account_id": account_id, "id": outbox_id, "since": since})).one()
    return Counts(*row)


async def claim(session: AsyncSession, outbox_id: UUID, pace: str) -> Row[Any]:
    """Claims the row whose turn has come; ``attempts`` and ``sending_at`` of the claim."""
    return (await session.execute(_CLAIM, {"id": outbox_id, "pace": pace})).one()


async def wait(
    session: AsyncSession, outbox_id: UUID, pace: str, *, slot_at: datetime | None, not_before: datetime
) -> None:
    """Lets the row wait, with the slot it was given."""
    values = {"id": outbox_id, "pace": pace, "slot_at": slot_at, "not_before": not_before}
    await session.execute(_WAIT, values)


async def advance(
    session: AsyncSession, account_id: UUID, *, last_at: datetime | None, next_at: datetime | None
) -> None:
    """Notes that the account writes at ``last_at``, and when the next slot is free."""
    await session.execute(_ADVANCE, {"account_id": account_id, "last_at": last_at, "next_at": next_at})


async def was_told(
    session: AsyncSession, account_id: UUID, organization_id: UUID | None, event: str, since: datetime
) -> bool:
    """True when the log of the organization has the event for this account since then."""
    values = {"account_id": str(account_id), "organization_id": organization_id, "event": event, "since": since}
    return bool(await session.scalar(_TOLD, values))


async def set_override(session: AsyncSession, account_id: UUID, values: dict[str, Any]) -> Sequence[str]:
    """Sets the figures of an account and takes back the slots given by the old ones; returns the lanes concerned."""
    await session.execute(_ENSURE, {"account_id": account_id})
    row = await session.get_one(SendingPace, account_id, with_for_update=True)
    for name, value in values.items():
        setattr(row, name, value)
    row.next_at = None
    await session.flush()
    return list((await session.scalars(_FREE, {"account_id": account_id})).all())
