"""Queue tasks of the sync: the import of an account, the look into its chats, and what calls for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from db.queue import database, queue
from db.repositories import sync as repository
from db.settings import settings
from services.messaging.channel_errors import ChannelError
from services.messaging.notices import LOOK_FOR_RECEIPT, TELL_OF_STALE
from services.sync import importing, late, polling, receipts
from services.sync.service import account_connected, call_for_poll
from services.sync.source import current_source

ATTEMPTS = 8
"""Tries of an import, each after twice the pause: about four minutes in all."""
UNANNOUNCED = timedelta(minutes=10)
"""An account found connected that nobody announced: what it received in this time is news, the rest is history."""


@queue.task(name="sync_account", pass_context=True, retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2))
async def sync_account(job: JobContext, *, account_id: str) -> None:
    """Imports the history of a connected account. What stands in the way is shown beside its progress."""
    account = UUID(account_id)
    try:
        await importing.import_account(database(), current_source(), account)
    except ChannelError as error:
        last = (job.job.attempts if job.job else 0) + 1 >= ATTEMPTS
        problem = f"{type(error).__name__}: {error}"[:500]
        async with database().system() as session:
            if last:
                await repository.finish(session, account, "failed", error=problem)
            else:
                await repository.note_error(session, account, problem)
        if not last:
            raise


@queue.task(name="poll_account", retry=RetryStrategy(max_attempts=3, wait=5))
async def poll_account(*, account_id: str) -> None:
    """Looks into the account's chats for what no webhook told."""
    await polling.poll_account(database(), current_source(), UUID(account_id))


@queue.task(name=LOOK_FOR_RECEIPT, retry=RetryStrategy(max_attempts=5, wait=5))
async def look_for_receipt(*, outbox_id: str, times: int) -> None:
    """Looks whether a client's copy was delivered by now; his artisan is told when it was not."""
    await receipts.look_for_receipt(database(), current_source(), UUID(outbox_id), times)


@queue.task(name=TELL_OF_STALE, retry=RetryStrategy(max_attempts=5, wait=5))
async def tell_of_stale(*, organization_id: str, chat_id: str) -> None:
    """Tells an artisan of orders that reached us a day late or more, all of a burst at once."""
    async with database().tenant(UUID(organization_id)) as session:
        await late.tell_of_stale(session, UUID(organization_id), UUID(chat_id))


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="wake_threads", queueing_lock="wake_threads", pass_context=False)
async def wake_threads(timestamp: int) -> None:
    """Ends the pauses of customer threads in which the artisan has not written for a day (UX-87)."""
    async with database().system() as session:
        await repository.end_pauses(session)


@queue.periodic(cron="* * * * *")
@queue.task(name="call_for_polls", queueing_lock="call_for_polls", pass_context=False)
async def call_for_polls(timestamp: int) -> None:
    """Calls for the looks that are due, which spreads them over the minutes, and for imports nobody asked for."""
    every = settings().sync_poll_seconds
    async with database().system() as session:
        for account in await repository.unsynced(session):
            since = datetime.now(UTC) - UNANNOUNCED
            await account_connected(session, account.id, max(account.connected_at or since, since))
        if every > 0:
            for account_id in await repository.due(session, timedelta(seconds=every)):
                await call_for_poll(session, account_id)
