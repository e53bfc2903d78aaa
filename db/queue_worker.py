"""The queue's worker, made prompt: a job that can start does not wait for the next poll."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, cast

from procrastinate import jobs
from procrastinate.job_context import AbortReason, JobContext, JobResult
from procrastinate.retry import RetryDecision
from procrastinate.worker import Worker

from db.queue import CARRIED

CARRIED_ALONG: ContextVar[dict[str, str]] = ContextVar("carried_along", default={})  # noqa: B039 (never changed)
"""What the maker of the job under way gave along (``db.queue.carry_along``)."""


class PromptWorker(Worker):
    """Looks again when a job came in while it was looking, and when one of its own has freed its lock; and what it is told
    to leave before it is done it puts back, for another worker to begin anew.

    Procrastinate 3.10 forgets a notification that arrives during a fetch and does not fetch after a job has ended: the
    next message of a chat could wait for the poll, up to a second, while the worker had nothing to do. And a job that is cut
    off at the end of the shutdown it counts as aborted unless its task is tried again on every error: nobody would do it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._look_again = False

    def wake(self) -> None:
        """Calls for another look at the queue, now or after the one under way."""
        self._look_again = True
        self._new_job_event.set()

    async def _fetch_and_process_jobs(self) -> None:
        while True:
            self._look_again = False
            await super()._fetch_and_process_jobs()
            if not self._look_again or self._stop_event.is_set():
                return

    async def _handle_notification(self, *, channel: str, notification: jobs.Notification) -> None:
        await super()._handle_notification(channel=channel, notification=notification)
        if notification["type"] == "job_inserted":
            self.wake()

    async def _process_job(self, context: JobContext) -> None:
        arguments = dict(context.job.task_kwargs)
        CARRIED_ALONG.set(cast("dict[str, str]", arguments.pop(CARRIED, {})))
        await super()._process_job(context.evolve(job=context.job.evolve(task_kwargs=arguments)))

    async def _persist_job_status(
        self,
        job: jobs.Job,
        status: jobs.Status,
        retry_decision: RetryDecision | None,
        context: JobContext,
        job_result: JobResult | None,
    ) -> None:
        if status == jobs.Status.ABORTED and context.abort_reason() == AbortReason.SHUTDOWN:
            retry_decision = RetryDecision()
        await super()._persist_job_status(job, status, retry_decision, context, job_result)
        self.wake()
