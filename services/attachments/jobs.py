"""Job of attachments: what belongs to a document is kept longer than the week of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import database, defer, queue
from db.repositories import attachments as repository
from services.attachments.schemas import seen_of
from services.attachments.service import keep_with_document
from services.storage.service import storage


async def keep_for(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID], conversation_id: UUID
) -> None:
    """The files of these messages, and those sent shortly before, belong to the run's document from now on."""
    taken = await repository.belong_to(session, organization_id, chat_id, message_ids, conversation_id)
    if taken:
        await defer(
            session,
            "keep_attachments",
            organization_id=str(organization_id),
            message_ids=[str(each) for each in taken],
        )


@queue.task(name="keep_attachments", retry=RetryStrategy(max_attempts=6, wait=5, exponential_wait=5))
async def keep_attachments(*, organization_id: str, message_ids: list[str]) -> None:
    """Copies cached files to where they stay with their document. Running it again is safe."""
    tenant = UUID(organization_id)
    async with database().tenant(tenant) as session:
        found = await repository.details_of(session, tenant, [UUID(each) for each in message_ids])
    for message_id, details in found:
        seen = seen_of(details)
        if seen is None or not seen.keys:
            continue
        keys = [await keep_with_document(storage(), key) if "/attachments/" in key else key for key in seen.keys]
        async with database().tenant(tenant) as session:
            kept = seen.model_copy(update={"keys": keys}).model_dump(mode="json")
            await repository.note_details(session, tenant, message_id, {"seen": kept})
