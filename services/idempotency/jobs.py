"""Job of the repeated requests: keys are forgotten after a day."""

from __future__ import annotations

from datetime import UTC, datetime

from db.queue import database, queue
from db.repositories import idempotency as repository
from services.idempotency.service import KEPT


@queue.periodic(cron="41 * * * *")
@queue.task(name="forget_requests", queueing_lock="forget_requests")
async def forget_requests(timestamp: int) -> int:
    """Deletes what nobody will send again; returns how many."""
    async with database().system() as session:
        return await repository.forget(session, datetime.now(UTC) - KEPT)
