"""The worker process: takes jobs from the queue, and rescues those of workers that died (DESIGN §3)."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import suppress

import structlog

from db.queue import open_queue, queue, use_database
from db.server import database_url
from db.session import Database
from db.settings import Settings, settings
from services.documents import rendering

log = structlog.get_logger()
JOB_MODULES = ("agent.jobs", "services.documents.jobs", "services.messaging.jobs")
MISSED_HEARTBEATS = 3


async def run_worker(configured: Settings | None = None, *, wait: bool = True) -> None:
    """Works until it is stopped (SIGTERM or Ctrl-C lets running jobs finish). ``wait=False`` returns when idle."""
    configured = configured or settings()
    url = database_url(configured)
    database = Database(url, configured.database_pool_size)
    use_database(database)
    for module in JOB_MODULES:
        importlib.import_module(module)
    rendering.start_pool()
    async with open_queue(url, pool_size=4):
        rescuer = asyncio.create_task(_rescue(configured.heartbeat_seconds))
        try:
            await queue.run_worker_async(
                concurrency=configured.worker_concurrency,
                wait=wait,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=configured.heartbeat_seconds,
                stalled_worker_timeout=configured.heartbeat_seconds * MISSED_HEARTBEATS,
                delete_jobs="successful",
                shutdown_graceful_timeout=60,
                install_signal_handlers=True,
            )
        finally:
            rescuer.cancel()
            with suppress(asyncio.CancelledError):
                await rescuer
            rendering.stop_pool()
            await database.close()


async def _rescue(heartbeat_seconds: float) -> None:
    """Puts jobs of dead workers back: until then they hold their chat's lock (langgraph.md §14)."""
    while True:
        await asyncio.sleep(heartbeat_seconds)
        try:
            silent = heartbeat_seconds * MISSED_HEARTBEATS
            for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent):
                log.warning("job.rescued", job=job.id, task=job.task_name)
                await queue.job_manager.retry_job(job)
        except Exception:
            log.exception("rescue.failed")
