"""Every job by name, try and outcome: on each of its log lines and in /metrics (R255, R256)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from procrastinate import JobContext
from procrastinate.jobs import Job
from procrastinate.worker import Worker

from db.queue_worker import CARRIED_ALONG
from services.operations.metrics import JOB_SECONDS
from services.operations.tracing import job_span


async def recorded(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Worker middleware: binds the job's identity to the logs and measures it."""
    started, outcome = time.perf_counter(), "failed"
    identity = identity_of(context.job)
    with (
        structlog.contextvars.bound_contextvars(**identity),
        job_span(CARRIED_ALONG.get(), **identity),
    ):
        try:
            result = await call_next()
            outcome = "done"
            return result
        finally:
            JOB_SECONDS.labels(context.job.task_name, outcome).observe(time.perf_counter() - started)


def identity_of(job: Job) -> dict[str, Any]:
    """What tells a job's log lines from another's: which job, which try, whose."""
    whose: dict[str, Any] = {
        name: job.task_kwargs[name] for name in ("organization_id", "chat_id") if name in job.task_kwargs
    }
    return {"job_id": job.id, "task": job.task_name, "attempt": job.attempts + 1, **whose}
