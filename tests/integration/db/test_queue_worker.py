"""A worker that is told to stop loses no job: what it cannot finish in time it puts back."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
import pytest

from db.queue import open_queue, queue
from db.queue_worker import PromptWorker
from db.session import Database


@pytest.mark.parametrize(("patience", "left"), [(0.01, "todo"), (30.0, None)])
async def test_a_job_that_is_cut_off_is_put_back(database: Database, patience: float, left: str | None) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    @queue.task(name=f"slow-{patience}")
    async def slow() -> None:
        begun.set()
        await may_end.wait()

    async with open_queue(database.url):
        job_id = await slow.defer_async()
        worker = PromptWorker(
            queue, shutdown_graceful_timeout=patience, delete_jobs="successful", install_signal_handlers=False
        )
        working = asyncio.create_task(worker.run())
        await begun.wait()
        working.cancel()
        if left is None:
            may_end.set()
        with suppress(asyncio.CancelledError):
            await working
        async with await psycopg.AsyncConnection.connect(database.url) as connection:
            cursor = await connection.execute(
                "select status::text from jobs.procrastinate_jobs where id = %s", (job_id,)
            )
            row = await cursor.fetchone()
    assert (row[0] if row else None) == left
