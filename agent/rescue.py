"""Jobs that nobody works on any more are put back: until then they hold their chat's lock (langgraph.md §14)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from procrastinate import JobContext
from procrastinate.jobs import Job
from procrastinate.worker import Worker

from db.queue import queue
from db.repositories.operations import only_one
from db.session import Database

log = structlog.get_logger()
MISSED_HEARTBEATS = 3
"""A worker silent for so many heartbeats is dead."""


class Rescuer:
    """Looks every heartbeat for jobs of dead workers, and for those this worker has lost.

    A job is lost when PostgreSQL went away while its end was being written: its worker lives, so nobody else takes it
    for stalled. It is put back when two looks in a row find it "doing" here and not in hand.
    """

    def __init__(self, database: Database, heartbeat_seconds: float) -> None:
        self.database, self.heartbeat_seconds = database, heartbeat_seconds
        self._in_hand: set[int | None] = set()
        self._suspects: set[int | None] = set()
        self._worker_id: int | None = None

    async def watch(self, call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
        """Worker middleware: notes which jobs are in hand, and tells of those that failed."""
        self._worker_id = worker.worker_id
        self._in_hand.add(context.job.id)
        try:
            return await call_next()
        except Exception as error:
            log.warning("job.failed", job=context.job.id, task=context.job.task_name, error=repr(error)[:300])
            raise
        finally:
            self._in_hand.discard(context.job.id)

    async def run(self) -> None:
        """Rescues until it is cancelled."""
        while True:
            await asyncio.sleep(self.heartbeat_seconds)
            try:
                await self._rescue()
            except Exception as error:
                log.warning("rescue.failed", error=repr(error)[:300])

    async def _rescue(self) -> None:
        async with self.database.system() as session:
            if not await only_one(session, "rescue"):
                return
            silent = self.heartbeat_seconds * MISSED_HEARTBEATS
            for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent):
                await _put_back(job)
            for job in await self._lost():
                await _put_back(job)

    async def _lost(self) -> list[Job]:
        if self._worker_id is None:
            return []
        doing = await queue.job_manager.list_jobs_async(status="doing", worker_id=self._worker_id)
        missing = {job.id: job for job in doing if job.id not in self._in_hand}
        lost = [job for id_, job in missing.items() if id_ in self._suspects]
        self._suspects = set(missing)
        return lost


async def _put_back(job: Job) -> None:
    log.warning("job.rescued", job=job.id, task=job.task_name)
    await queue.job_manager.retry_job(job)
