"""The queue's worker, made prompt: a job that can start does not wait for the next poll."""

from __future__ import annotations

from typing import Any

from procrastinate import jobs
from procrastinate.worker import Worker


class PromptWorker(Worker):
    """Looks again when a job came in while it was looking, and when one of its own has freed its lock.

    Procrastinate 3.10 forgets a notification that arrives during a fetch and does not fetch after a job has ended: the
    next message of a chat could wait for the poll, up to a second, while the worker had nothing to do.
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

    async def _persist_job_status(self, *arguments: Any, **options: Any) -> None:
        await super()._persist_job_status(*arguments, **options)
        self.wake()
