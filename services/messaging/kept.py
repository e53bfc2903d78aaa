"""Webhooks that were kept because too many came at once: they are taken in later, one after another, as if they came then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import messaging as repository
from db.session import Database
from services.messaging.schemas import RawWebhook, Received

UNTIL_READ = RetryStrategy(max_attempts=16, wait=2, exponential_wait=2)
"""Over a day: what cannot be read stays kept, so that nothing is lost while something is out of order."""


async def take_in_kept(
    database: Database, event_id: UUID, receive: Callable[[AsyncSession, RawWebhook], Awaitable[Received]]
) -> None:
    """Takes one in with its own moment of arrival; it is removed from those kept in the same transaction."""
    async with database.system() as session:
        event = await repository.take_kept_event(session, event_id)
        if event is not None:
            raw = RawWebhook(event.body, event.received_at, dict(event.headers), event.source)
            await receive(session, raw)
