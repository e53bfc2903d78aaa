"""What is read from the database and the machine at the moment of asking."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import QueuePool

from db.repositories import operations as repository
from db.repositories.sessions import numbers_by_state
from db.session import Database
from db.settings import Settings
from services.storage.service import storage

Rows = Iterable[tuple[tuple[str, ...], float]]


async def of_installation(session: AsyncSession, heartbeat_seconds: float) -> list[GaugeMetricFamily]:
    """The same on every API process."""
    jobs = await repository.open_jobs(session)
    outbox = await repository.undelivered_messages(session)
    numbers = await numbers_by_state(session)
    intake = await repository.webhooks_of_a_day(session)
    found = await repository.state_of_installation(session)
    workers = await repository.living_workers(session, within_seconds=3 * heartbeat_seconds)
    up = await repository.last_event(session, ("storage.down", "storage.back")) != "storage.down"
    return [
        _gauge("usta_jobs", "Jobs in the queue", ["task", "status"], (((t, s), n) for t, s, n in jobs)),
        _gauge("usta_jobs_oldest_seconds", "How long the job that waits longest has been due", [], [((), found.oldest_job)]),
        _gauge("usta_outbox_messages", "Messages not yet sent", ["status"], (((s,), n) for s, n in outbox)),
        _gauge("usta_outbox_oldest_seconds", "How long the oldest unsent message is due", [], [((), found.oldest_message)]),
        _gauge(
            "usta_whatsapp_sessions", "WhatsApp numbers by whose they are and state", ["kind", "status"],
            (((k, s), n) for k, s, n in numbers),
        ),
        _gauge("usta_workers", "Workers whose heartbeat is fresh", [], [((), workers)]),
        _gauge(
            "usta_webhooks_24h", "Webhooks of the last 24 hours by source and outcome", ["source", "outcome"],
            (((s, o), n) for s, o, n in intake),
        ),
        _gauge(
            "usta_unclaimed_messages_24h", "Messages of the last 24 hours from people who belong to nobody", [],
            [((), found.unclaimed)],
        ),
        _gauge("usta_active_chats_24h", "Chats with a message in the last 24 hours", [], [((), found.active_chats)]),
        _gauge(
            "usta_organizations", "Companies by status", ["status"],
            (((s,), n) for s, n in await repository.organizations_by_status(session)),
        ),
        _gauge("usta_storage_up", "1 while the object store answers, 0 after it was found down", [], [((), up)]),
        _gauge(
            "usta_backup_age_seconds", "Time since the last backup that succeeded", [],
            [((), found.backup_age)] if found.backup_age is not None else [],
        ),
        _gauge(
            "usta_erasures_late", "Erasures of personal data a day late or given up, and not asked for again", [],
            [((), found.late_erasures)],
        ),
        _gauge("usta_database_connections", "Connections of the server in use", [], [((), found.connections)]),
        _gauge("usta_database_connections_max", "Connections that the server takes", [], [((), found.connections_max)]),
        _gauge("usta_database_bytes", "Size of the database", [], [((), found.database_bytes)]),
    ]  # fmt: skip


async def of_process(database: Database, settings: Settings) -> list[GaugeMetricFamily]:
    """Of this process and its machine; asked also when the database is away."""
    pool = database.engine.pool
    used = pool.checkedout() if isinstance(pool, QueuePool) else 0
    disk = await asyncio.to_thread(shutil.disk_usage, settings.home if settings.home.exists() else ".")
    waiting = (await storage().backlog()).files
    return [
        _gauge("usta_database_pool_used", "Connections of this process in use", [], [((), used)]),
        _gauge(
            "usta_database_pool_size", "Connections that this process may use", [], [((), settings.database_pool_size)]
        ),
        _gauge(
            "usta_disk_used_ratio", "Share of the disk of USTA_HOME that is full", [], [((), disk.used / disk.total)]
        ),
        _gauge(
            "usta_storage_waiting_files", "Files on this machine that wait for the object store", [], [((), waiting)]
        ),
    ]


def database_up(up: bool) -> GaugeMetricFamily:
    """Whether the database answered this scrape."""
    return _gauge("usta_database_up", "1 when the database answered this scrape", [], [((), up)])


def _gauge(name: str, text: str, labels: list[str], rows: Rows) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in rows:
        family.add_metric(list(values), float(value))
    return family
