"""Queue tasks of privacy: the nightly sweep."""

from __future__ import annotations

from datetime import UTC, datetime

from db.queue import database, queue
from services.privacy import sweep
from services.storage.service import storage


@queue.periodic(cron="41 3 * * *")
@queue.task(name="sweep_privacy", queueing_lock="sweep_privacy", lock="sweep_privacy", pass_context=False)
async def sweep_privacy(timestamp: int) -> None:
    """Every night: what has been kept long enough goes, as the table of data classes and each company say (C25)."""
    await sweep.sweep(database(), storage(), datetime.now(UTC))
