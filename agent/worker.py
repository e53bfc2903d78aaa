"""The worker process: takes jobs from the queue, and rescues those of workers that died (DESIGN §3)."""

from __future__ import annotations

import asyncio
import importlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from agent.job_record import recorded
from agent.rescue import MISSED_HEARTBEATS, Rescuer
from db.encryption import configured_keyring
from db.queue import open_queue, queue, use_database
from db.queue_worker import PromptWorker
from db.repositories.operations import living_workers
from db.server import database_url
from db.session import Database
from db.settings import Settings, settings
from services.documents import rendering
from services.operations.totals import Totals
from services.operations.tracing import tracing

log = structlog.get_logger()
JOB_MODULES = (
    "agent.jobs",
    "services.accounts.jobs",
    "services.attachments.jobs",
    "services.backup.jobs",
    "services.billing.jobs",
    "services.chatwoot.jobs",
    "services.documents.delivery_jobs",
    "services.documents.jobs",
    "services.documents.ready_notices",
    "services.einvoicing.jobs",
    "services.idempotency.jobs",
    "services.identity.jobs",
    "services.messaging.jobs",
    "services.notes.jobs",
    "services.privacy.jobs",
    "services.sessions.jobs",
    "services.speech.jobs",
    "services.sync.jobs",
    "services.storage.jobs",
)
PAUSE_SECONDS = 1.0
"""Before the worker starts again after PostgreSQL went away."""


async def run_worker(configured: Settings | None = None, *, wait: bool = True) -> None:
    """Works until it is stopped (SIGTERM or Ctrl-C lets running jobs finish). ``wait=False`` returns when idle."""
    configured = configured or settings()
    url = database_url(configured)
    database = Database(url, configured.database_pool_size, configured_keyring(configured))
    database.keyring()
    use_database(database)
    for module in JOB_MODULES:
        importlib.import_module(module)
    async with database.system() as session:  # unreachable or not migrated: said now, by the exception
        await living_workers(session, within_seconds=configured.heartbeat_seconds)
    rendering.start_pool()
    try:
        with tracing("worker", database.engine):
            await _run(configured, database, wait=wait)
    finally:
        await database.close()


async def _run(configured: Settings, database: Database, *, wait: bool) -> None:
    rescuer = Rescuer(database, configured.heartbeat_seconds)
    async with Totals(database).kept_up(), open_queue(database.url, pool_size=4):
        rescuing = asyncio.create_task(rescuer.run())
        try:
            if wait:
                await _work_until_told(configured, rescuer)
            else:
                await _work(configured, rescuer, wait=False)
        finally:
            rescuing.cancel()
            with suppress(asyncio.CancelledError):
                await rescuing
            rendering.stop_pool()


async def _work_until_told(configured: Settings, rescuer: Rescuer) -> None:
    """Starts the queue's worker again when it ends by itself, as it does when PostgreSQL goes away."""
    while True:
        working = asyncio.create_task(_work(configured, rescuer, wait=True))
        with _told_by_signal(working.cancel) as told:
            try:
                await working
            except asyncio.CancelledError:
                return
            except Exception as error:
                log.warning("worker.broke_off", error=repr(error)[:300])
        if told.is_set():  # but the database was away, so that it could not end as it should
            return
        log.warning("worker.starts_again", seconds=PAUSE_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)


async def _work(configured: Settings, rescuer: Rescuer, *, wait: bool) -> None:
    worker = PromptWorker(
        queue,
        concurrency=configured.worker_concurrency,
        wait=wait,
        fetch_job_polling_interval=1.0,
        update_heartbeat_interval=configured.heartbeat_seconds,
        stalled_worker_timeout=configured.heartbeat_seconds * MISSED_HEARTBEATS,
        delete_jobs="successful",
        shutdown_graceful_timeout=configured.shutdown_seconds,
        install_signal_handlers=False,
        worker_middleware=[recorded, rescuer.watch],
    )
    await worker.run()


@contextmanager
def _told_by_signal(stop: Callable[[], object]) -> Iterator[asyncio.Event]:
    """Calls ``stop`` on the first SIGTERM or SIGINT and sets the event; a second one ends the process as usual."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}

    def give_back() -> None:
        for name, handler in before.items():
            if loop.remove_signal_handler(name):
                signal.signal(name, handler)

    def hear() -> None:
        give_back()
        told.set()
        stop()

    try:
        for name in before:
            loop.add_signal_handler(name, hear)
    except (NotImplementedError, RuntimeError):  # not in the main thread (tests), or Windows
        pass
    try:
        yield told
    finally:
        give_back()
