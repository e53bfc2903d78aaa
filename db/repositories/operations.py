"""Queries about the running service: schema revision, queue, workers, outbox. Across tenants, counts only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.models import Organization, SystemLog
from db.revision import CURRENT_SQL

_JOBS = """
select task_name, status::text, count(*) from jobs.procrastinate_jobs
 where status in ('todo', 'doing', 'failed') group by 1, 2
"""
_WORKERS = """
select count(*) from jobs.procrastinate_workers where last_heartbeat > now() - make_interval(secs => :seconds)
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


async def last_event(session: AsyncSession, events: Sequence[str]) -> str | None:
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
