"""Queries about the running service: schema revision, queue, workers, outbox. Across tenants, counts only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.models import MetricTotal, ModelUsage, Organization, SystemLog, WhatsappAccount
from db.revision import CURRENT_SQL

_JOBS = """
select task_name, status::text, count(*) from jobs.procrastinate_jobs
 where status in ('todo', 'doing', 'failed') group by 1, 2
"""
_WORKERS = """
select count(*) from jobs.procrastinate_workers where last_heartbeat > now() - make_interval(secs => :seconds)
"""
_OLDEST_JOB = """
select coalesce(extract(epoch from now() - min(coalesce(j.scheduled_at, e.at))), 0)
  from jobs.procrastinate_jobs j left join jobs.procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
 where j.status = 'todo' and (j.scheduled_at is null or j.scheduled_at <= now())
"""
_STATE = f"""
select ({_OLDEST_JOB}) as oldest_job,
       coalesce((
         select extract(epoch from now() - min(greatest(created_at, not_before))) from outbox
          where status in ('queued', 'sending') and coalesce(not_before, created_at) <= now()), 0) as oldest_message,
       (select count(*) from whatsapp_messages
         where organization_id is null and sent_at > now() - interval '1 day') as unclaimed,
       (select count(*) from whatsapp_chats where last_message_at > now() - interval '1 day') as active_chats,
       (select extract(epoch from now() - max(created_at)) from system_logs where event = 'backup.done') as backup_age,
       (select count(*) from erasures e where e.due_at < now() - interval '1 day'
           and (e.status in ('scheduled', 'running') or e.status = 'failed' and not exists (
             select 1 from erasures again where again.organization_id = e.organization_id and again.scope = e.scope
                and again.subject_id is not distinct from e.subject_id and again.created_at > e.created_at))
       ) as late_erasures,
       (select sum(numbackends) from pg_stat_database) as connections,
       current_setting('max_connections')::int as connections_max,
       pg_database_size(current_database()) as database_bytes
"""
_WEBHOOKS = """
select source, outcome, count(*) from webhook_events where received_at > now() - interval '1 day' group by 1, 2
"""
_ADD = """
insert into metric_totals as t (sample, labels, value)
select * from unnest(cast(:samples as text[]), cast(:labels as text[]), cast(:values as float8[]))
on conflict (sample, labels) do update set value = t.value + excluded.value
"""
_UNDELIVERED = "select status, count(*) from outbox where status in ('queued', 'sending', 'failed') group by 1"


async def server_version(connection: AsyncConnection) -> int:
    """The major version of PostgreSQL."""
    return int(await connection.scalar(text("show server_version_num"))) // 10000


async def schema_revision(connection: AsyncConnection) -> str | None:
    """The Alembic revision, None when the database was never migrated."""
    if await connection.scalar(text("select to_regclass('public.alembic_version')")) is None:
        return None
    revision: str | None = await connection.scalar(text(CURRENT_SQL))
    return revision


async def living_workers(session: AsyncSession | AsyncConnection, *, within_seconds: float) -> int:
    """How many workers gave a heartbeat in the last ``within_seconds``."""
    return int(await session.scalar(text(_WORKERS), {"seconds": within_seconds}) or 0)


async def open_jobs(session: AsyncSession) -> list[tuple[str, str, int]]:
    """Jobs that wait, run or failed, as (task, status, count)."""
    return [(task, status, count) for task, status, count in await session.execute(text(_JOBS))]


async def undelivered_messages(session: AsyncSession) -> list[tuple[str, int]]:
    """Outbox messages that have not left, as (status, count)."""
    return [(status, count) for status, count in await session.execute(text(_UNDELIVERED))]


@dataclass(frozen=True, slots=True)
class State:
    """Figures of the installation: seconds, counts of the last 24 hours, bytes."""

    oldest_job: float
    oldest_message: float
    unclaimed: int
    active_chats: int
    backup_age: float | None
    late_erasures: int
    connections: int
    connections_max: int
    database_bytes: int


async def state_of_installation(session: AsyncSession) -> State:
    """How things stand now."""
    return State(**(await session.execute(text(_STATE))).mappings().one())


async def webhooks_of_a_day(session: AsyncSession) -> list[tuple[str, str, int]]:
    """Webhooks of the last 24 hours as (source, outcome, count) (R261)."""
    return [(source, outcome, count) for source, outcome, count in await session.execute(text(_WEBHOOKS))]


async def organizations_by_status(session: AsyncSession) -> list[tuple[str, int]]:
    """Companies as (status, count)."""
    statement = select(Organization.status, func.count()).group_by(Organization.status)
    return [(status, count) for status, count in await session.execute(statement)]


async def add_to_totals(session: AsyncSession, rows: Sequence[tuple[str, str, float]]) -> None:
    """Adds (sample, labels, more) to the sums; sorted, so that two processes never wait for each other in a circle."""
    samples, labels, values = zip(*sorted(rows), strict=True)
    arguments = {"samples": list(samples), "labels": list(labels), "values": list(values)}
    await session.execute(text(_ADD), arguments)


async def totals(session: AsyncSession) -> list[tuple[str, str, float]]:
    """The sums as (sample, labels, value)."""
    statement = select(MetricTotal.sample, MetricTotal.labels, MetricTotal.value)
    return [(sample, labels, value) for sample, labels, value in await session.execute(statement)]


async def oldest_job_seconds(connection: AsyncConnection) -> float:
    """For how long the job that waits longest has been due; 0 when none is due."""
    return float(await connection.scalar(text(_OLDEST_JOB)) or 0)


async def assistant_states(connection: AsyncConnection) -> list[str]:
    """States of the assistant's numbers in use."""
    accounts = WhatsappAccount
    statement = select(accounts.status).where(accounts.kind == "assistant", accounts.is_active)
    return list(await connection.scalars(statement))


async def latest_model_outcomes(connection: AsyncConnection, count: int) -> list[str]:
    """How the latest calls of models ended, newest first; ids are made in the order of time."""
    return list(await connection.scalars(select(ModelUsage.outcome).order_by(ModelUsage.id.desc()).limit(count)))


async def last_event(session: AsyncSession | AsyncConnection, events: Sequence[str]) -> str | None:
    """The newest of some events in the system log; None when none of them ever happened."""
    statement = (
        select(SystemLog.event).where(SystemLog.event.in_(events)).order_by(SystemLog.created_at.desc()).limit(1)
    )
    event: str | None = await session.scalar(statement)
    return event


async def organization_ids(session: AsyncSession) -> list[UUID]:
    """Every organization: for work that goes through all of them."""
    return list(await session.scalars(select(Organization.id).order_by(Organization.id)))


async def only_one(session: AsyncSession, name: str) -> bool:
    """True in one transaction at a time: for work that a single process should do at once."""
    statement = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(await session.scalar(statement, {"name": f"usta:{name}"}))
