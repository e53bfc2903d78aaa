"""A job that nobody works on any more is put back; one that is in hand, or was a moment ago, is left alone."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
import pytest

from agent.rescue import Rescuer
from db.queue import open_queue, queue
from db.repositories.operations import only_one
from db.session import Database

INSERT = (
    "insert into procrastinate_jobs (queue_name, task_name, status, worker_id) "
    "values ('q', 'turn', 'doing', %s) returning id"
)
HEARTBEAT = 10.0


class Jobs:
    """Jobs in the queue's table, and a worker that is registered there."""

    def __init__(self, connection: psycopg.AsyncConnection, worker_id: int) -> None:
        self.connection, self.worker_id = connection, worker_id

    async def doing(self, worker_id: int | None) -> int:
        return (await (await self.connection.execute(INSERT, (worker_id,))).fetchone())[0]

    async def status(self, job_id: int) -> str:
        query = "select status::text from procrastinate_jobs where id = %s"
        return (await (await self.connection.execute(query, (job_id,))).fetchone())[0]


@pytest.fixture
async def jobs(database: Database):
    options = "-c search_path=jobs"
    async with (
        open_queue(database.url),
        await psycopg.AsyncConnection.connect(database.url, autocommit=True, options=options) as connection,
    ):
        yield Jobs(connection, await queue.job_manager.register_worker())


async def _working(rescuer: Rescuer, jobs: Jobs, job_id: int, during) -> None:
    """Has ``job_id`` in hand while ``during`` runs, as the queue's worker has."""
    context, worker = SimpleNamespace(job=SimpleNamespace(id=job_id)), SimpleNamespace(worker_id=jobs.worker_id)
    await rescuer.watch(during, context, worker)


async def test_a_job_without_its_worker_is_put_back(database: Database, jobs: Jobs) -> None:
    orphan = await jobs.doing(None)

    await Rescuer(database, HEARTBEAT)._rescue()

    assert await jobs.status(orphan) == "todo"


async def test_a_job_whose_end_was_not_written_is_put_back_at_the_second_look(database: Database, jobs: Jobs) -> None:
    rescuer = Rescuer(database, HEARTBEAT)
    lost = await jobs.doing(jobs.worker_id)

    async def nothing() -> None: ...

    await _working(rescuer, jobs, lost, nothing)
    await rescuer._rescue()
    assert await jobs.status(lost) == "doing"
    await rescuer._rescue()
    assert await jobs.status(lost) == "todo"


async def test_a_job_in_hand_is_left_alone(database: Database, jobs: Jobs) -> None:
    rescuer = Rescuer(database, HEARTBEAT)
    job = await jobs.doing(jobs.worker_id)

    async def two_looks() -> None:
        await rescuer._rescue()
        await rescuer._rescue()

    await _working(rescuer, jobs, job, two_looks)

    assert await jobs.status(job) == "doing"


async def test_only_one_worker_rescues_at_a_time(database: Database, jobs: Jobs) -> None:
    orphan = await jobs.doing(None)
    async with database.system() as session:
        assert await only_one(session, "rescue")
        await Rescuer(database, HEARTBEAT)._rescue()

    assert await jobs.status(orphan) == "doing"
