"""The nightly backup, on when ``BACKUP_URL`` is set."""

from __future__ import annotations

import structlog
from procrastinate import RetryStrategy

from db.queue import queue
from db.settings import settings
from services.backup.scheduled import back_up

log = structlog.get_logger()


@queue.periodic(cron="23 2 * * *")
@queue.task(
    name="back_up",
    queueing_lock="back_up",
    lock="back_up",
    retry=RetryStrategy(max_attempts=3, wait=600),
    pass_context=False,
)
async def nightly(timestamp: int) -> None:
    """Backs up to ``BACKUP_URL``; the newest ``BACKUP_KEEP`` stay."""
    configured = settings()
    if configured.backup_url is not None:
        made = await back_up(configured, configured.backup_url, configured.backup_recipients)
        log.info("backup.done", path=made.path, size=made.size)
