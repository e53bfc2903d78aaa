"""Queue tasks of privacy: the nightly sweep, exports."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from db.queue import database, queue
from services.privacy import exports, sweep
from services.storage.service import storage


@queue.periodic(cron="41 3 * * *")
@queue.task(name="sweep_privacy", queueing_lock="sweep_privacy", lock="sweep_privacy", pass_context=False)
async def sweep_privacy(timestamp: int) -> None:
    """Every night: what has been kept long enough goes, as the table of data classes and each company say (C25)."""
    await sweep.sweep(database(), storage(), datetime.now(UTC))


@queue.task(
    name=exports.MAKE,
    pass_context=True,
    retry=RetryStrategy(max_attempts=exports.ATTEMPTS, wait=10, exponential_wait=3),
)
async def make_export(context: JobContext, *, organization_id: str, export_id: str) -> None:
    """Makes one export; a second attempt begins anew. At last the failure is written where it is looked for."""
    where = (database(), storage(), UUID(organization_id), UUID(export_id))
    try:
        await exports.make(*where)
    except Exception as error:
        if context.job.attempts + 1 >= exports.ATTEMPTS:
            await exports.give_up(*where[:1], *where[2:], error)
        raise
