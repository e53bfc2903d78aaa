"""Queue tasks of sessions: look after those whose time has come, and tell of an outage."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from procrastinate import RetryStrategy

from db.queue import database, defer, queue
from db.repositories import sessions as repository
from db.settings import settings
from services.messaging.channel_errors import NotFound
from services.sessions import notices
from services.sessions.care import look_after
from services.sessions.record import ADOPT, LOOK_AFTER, TELL_LOST
from services.sessions.service import Sessions, UnknownSession, client_of

LEASE = timedelta(minutes=2)
"""A session taken by a worker that dies is taken again after so long."""
log = structlog.get_logger(__name__)
_RETRY = RetryStrategy(max_attempts=5, wait=2, linear_wait=2)


@queue.task(name=LOOK_AFTER, retry=_RETRY)
async def look_after_session(*, account_id: str, due: bool = False) -> None:
    """Asks the provider about one session and does what its state wants."""
    client = client_of(settings())
    try:
        await look_after(Sessions(database(), client, settings()), UUID(account_id), due=due)
    finally:
        await client.close()


@queue.task(name=ADOPT, retry=_RETRY)
async def adopt_session(*, account_id: str, provider_account_id: str) -> None:
    """Takes the account that the provider's hosted page connected, if the provider confirms it."""
    client = client_of(settings())
    try:
        await Sessions(database(), client, settings()).adopt(UUID(account_id), provider_account_id)
    except (NotFound, UnknownSession):
        log.warning("session.not_adopted", account=account_id, provider_account=provider_account_id)
    finally:
        await client.close()


@queue.task(name=TELL_LOST, retry=_RETRY)
async def tell_session_lost(*, account_id: str) -> None:
    """Tells the owner of an outage, once (UX-83)."""
    async with database().system() as session:
        await notices.tell_lost(session, settings(), UUID(account_id))


@queue.periodic(cron="* * * * * */10")
@queue.task(name="look_after_sessions", queueing_lock="look_after_sessions", pass_context=False)
async def look_after_sessions(timestamp: int) -> None:
    """Calls for the care of every session whose time has come."""
    async with database().system() as session:
        for account_id in await repository.take_due(session, LEASE):
            await defer(session, LOOK_AFTER, lock=f"session:{account_id}", account_id=str(account_id), due=True)
