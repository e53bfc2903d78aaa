"""A client's copy without a receipt: the provider is asked before the artisan is told (UX-78)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog

from db.repositories import messaging as messages
from db.repositories import outbox as repository
from db.repositories import statuses
from db.session import Database
from services.messaging.channel_errors import ChannelError
from services.messaging.notices import copy_not_delivered
from services.sync.source import Source

log = structlog.get_logger(__name__)


async def look_for_receipt(database: Database, source: Source, outbox_id: UUID, times: int) -> bool:
    """Tells the artisan, for the ``times``-th time, that a copy is not delivered; False when there is nothing to tell.

    A receipt whose webhook was lost is taken from the provider, and then nothing is said.
    """
    async with database.system() as session:
        row = await repository.get_row(session, outbox_id)
        if row is None or row.status != "sent":
            return False
        account_id, message_ref = row.account_id, row.provider_message_id
        listed = await repository.provider_of(session, account_id) == "unipile"
    if listed and message_ref and (status := await _status(source, message_ref)):
        async with database.system() as session:
            target = {"account_id": account_id, "provider_message_id": message_ref, "at": datetime.now(UTC)}
            await messages.acknowledge(session, target, status, None)
        return False
    async with database.system() as session:
        told = await statuses.not_acknowledged(session, outbox_id, times)
        if told:
            await copy_not_delivered(session, outbox_id, times)
    return told


async def _status(source: Source, message_ref: str) -> str | None:
    """What the provider knows of a message of ours: "delivered", "read", or nothing."""
    try:
        message = await source.get_message(message_ref)
    except ChannelError as error:
        log.warning("receipt.not_looked_up", message=message_ref, error=str(error))
        return None
    return "read" if message.get("seen") else "delivered" if message.get("delivered") else None
