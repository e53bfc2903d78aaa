"""Job of the sign-ins: what has ended is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db.queue import database, queue
from db.repositories import identity as repository

KEPT_DAYS = 30
"""How long an ended session can still be looked at, after a theft for instance; the system log keeps its story longer."""


@queue.periodic(cron="23 3 * * *")
@queue.task(name="forget_sessions", queueing_lock="forget_sessions")
async def forget_sessions(timestamp: int) -> int:
    """Deletes sessions, tokens and codes that ended long ago; returns how many sessions."""
    async with database().system() as session:
        return await repository.prune(session, datetime.now(UTC) - timedelta(days=KEPT_DAYS))
