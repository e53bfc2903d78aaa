"""Queue tasks of privacy: the nightly sweep, exports, erasures."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from db.queue import database, queue
from db.settings import settings
from services.privacy import erasing, exports, sweep
from services.sessions.service import Sessions, UnknownSession, client_of
from services.storage.service import storage


@queue.periodic(cron="41 3 * * *")
@queue.task(name="sweep_privacy", queueing_lock="sweep_privacy", lock="sweep_privacy", pass_context=False)
async def sweep_privacy(timestamp: int) -> None:
    """Every night: what has been kept long enough goes, as the table of data classes and each company say (C25)."""
    await sweep.sweep(database(), storage(), datetime.now(UTC))


@queue.task(
    name=exports.MAKE,
    pass_context=True,
    retry=RetryStrategy(max_attempts=exports.ATTEMPTS - 1, wait=10, exponential_wait=3),
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


ERASING_ATTEMPTS = 36
"""Ten minutes longer each time, over four days: a provider's bad week-end must not leave a number connected."""
ERASING_AGAIN = RetryStrategy(max_attempts=ERASING_ATTEMPTS - 1, wait=60, linear_wait=600)


@queue.task(
    name=erasing.ERASE,
    pass_context=True,
    retry=ERASING_AGAIN,
)
async def erase(context: JobContext, *, organization_id: str, erasure_id: str) -> None:
    """Carries an erasure out when it is due. Every attempt begins anew and does what is left.

    An erasure that is a day late, or was given up, is a figure with an alert (``usta_erasures_late``).
    """
    client = client_of(settings())
    sessions = Sessions(database(), client, settings())

    async def disconnect(account_id: UUID) -> None:
        try:
            await sessions.remove(account_id, "system")
        except UnknownSession:
            return

    tenant, erasure = UUID(organization_id), UUID(erasure_id)
    try:
        await erasing.carry_out(database(), storage(), disconnect, tenant, erasure, datetime.now(UTC))
    except Exception:
        if context.job.attempts + 1 >= ERASING_ATTEMPTS:
            await erasing.fail(database(), tenant, erasure)
        raise
    finally:
        await client.close()
