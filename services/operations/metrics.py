"""Prometheus metrics of the API process, and gauges read from the database when they are scraped."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, Histogram, generate_latest
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import operations as repository
from db.repositories.sessions import numbers_by_state
from services.storage.service import storage

__all__ = ["CONTENT_TYPE_LATEST", "REQUEST_SECONDS", "exposition"]

REQUEST_SECONDS = Histogram(
    "usta_http_request_seconds",
    "Time to answer an HTTP request, in seconds",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
)
JOBS = Gauge("usta_jobs", "Jobs in the queue", ["task", "status"])
OUTBOX = Gauge("usta_outbox_messages", "Outgoing messages not yet delivered", ["status"])
SESSIONS = Gauge("usta_whatsapp_sessions", "WhatsApp numbers by whose they are and their state", ["kind", "status"])
WORKERS = Gauge("usta_workers", "Workers whose heartbeat is fresh")
STORAGE_UP = Gauge("usta_storage_up", "1 while the object store answers, 0 after it was found down")
STORAGE_WAITING = Gauge("usta_storage_waiting_files", "Files on this machine that wait for the object store")


async def exposition(session: AsyncSession, heartbeat_seconds: float) -> bytes:
    """The metrics page, in Prometheus' text format."""
    JOBS.clear()
    for task, status, count in await repository.open_jobs(session):
        JOBS.labels(task, status).set(count)
    OUTBOX.clear()
    for status, count in await repository.undelivered_messages(session):
        OUTBOX.labels(status).set(count)
    SESSIONS.clear()
    for kind, status, count in await numbers_by_state(session):
        SESSIONS.labels(kind, status).set(count)
    WORKERS.set(await repository.living_workers(session, within_seconds=3 * heartbeat_seconds))
    STORAGE_UP.set(await repository.last_event(session, ("storage.down", "storage.back")) != "storage.down")
    STORAGE_WAITING.set((await storage().backlog()).files)
    return generate_latest(REGISTRY)
