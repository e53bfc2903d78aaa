"""Queue tasks of messaging: delivery of a lane and the sweep of what was left behind."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy

from db.queue import database, defer, queue
from db.repositories import outbox as repository
from db.settings import settings
from services.messaging import inbox, mail, revoking
from services.messaging.channel import channel_of
from services.messaging.channel_errors import ChannelError
from services.messaging.delivery import Delivery
from services.messaging.kept import UNTIL_READ, take_in_kept
from services.messaging.outbox import defer_delivery
from services.storage.service import storage

PATIENCE = timedelta(seconds=30)
"""A row due for longer that no job looks after was forgotten."""
REVOKE_ATTEMPTS = 15
"""Over two minutes: after that the client has the message."""

log = structlog.get_logger(__name__)


def delivery() -> Delivery:
    """Delivery as this process does it. A claimed row is nobody's once its worker counts as dead."""
    config = settings()
    return Delivery(
        database(),
        channel_of,
        storage().get,
        lease=3 * config.heartbeat_seconds,
        pace=config.send_pace_scale,
        typing=config.typing_milliseconds / 1000,
    )


@queue.task(name="deliver", retry=RetryStrategy(max_attempts=50, wait=2, linear_wait=1))
async def deliver(account_id: str, lane: str) -> None:
    """Sends what is due to one recipient. Failures of the channel are settled inside; only ours are retried here."""
    await delivery().drain(UUID(account_id), lane)


@queue.task(
    name="revoke_message",
    pass_context=True,
    retry=RetryStrategy(max_attempts=2 * REVOKE_ATTEMPTS, wait=1, linear_wait=1),
)
async def revoke_message(context: JobContext, *, outbox_id: str) -> None:
    """Takes a message back. What may pass is tried again by the queue; at last the artisan hears that it was too late."""
    try:
        await revoking.revoke(database(), channel_of, UUID(outbox_id))
    except (revoking.NotYet, ChannelError) as error:
        if context.job.attempts < REVOKE_ATTEMPTS:
            raise
        log.warning("outbox.not_revoked", outbox_id=outbox_id, error=str(error))
        async with database().system() as session:
            await defer(session, revoking.REVOKED, outbox_id=outbox_id, outcome="too_late")


@queue.task(name="deliver_mail", retry=RetryStrategy(max_attempts=20, wait=5, linear_wait=5))
async def deliver_mail(outbox_id: str) -> None:
    """Sends one e-mail; what the server refused for now is tried again by the queue."""
    if not await mail.deliver(database(), settings(), UUID(outbox_id)):
        raise mail.NotAccepted(outbox_id)


@queue.task(name=inbox.TAKE_IN_KEPT, retry=UNTIL_READ)
async def take_in_kept_webhook(*, event_id: str) -> None:
    """Reads a webhook that was kept because too many came at once."""
    await take_in_kept(database(), UUID(event_id), inbox.receive)


@queue.periodic(cron="* * * * * */20")
@queue.task(name="sweep_outbox", queueing_lock="sweep_outbox", pass_context=False)
async def sweep_outbox(timestamp: int) -> None:
    """Calls for the delivery of rows left in ``sending`` or forgotten in ``queued``."""
    async with database().system() as session:
        lease = timedelta(seconds=3 * settings().heartbeat_seconds)
        for lane in await repository.forgotten_lanes(session, lease, PATIENCE):
            await defer_delivery(session, lane.account_id, lane.lane, None)
