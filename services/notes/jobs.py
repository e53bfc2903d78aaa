"""Queue task of silent notes: the tick that stands for an answer."""

from __future__ import annotations

from uuid import UUID

import structlog
from procrastinate import RetryStrategy

from db.queue import database, queue
from db.repositories.chatwoot import chat_by_id
from services.messaging.channel import channel_of
from services.messaging.channel_errors import ChannelError

log = structlog.get_logger(__name__)


@queue.task(name="tick_note", retry=RetryStrategy(max_attempts=3, wait=5))
async def tick_note(*, chat_id: str) -> None:
    """Marks the chat read, where the channel shows that: a note gets a tick and no words (U15).

    That it cannot be shown loses nothing: the note is kept before.
    """
    async with database().system() as session:
        chat = await chat_by_id(session, UUID(chat_id))
    if chat is None:
        return
    try:
        await channel_of(chat.provider).mark_read(chat.provider_chat_id)
    except ChannelError as error:
        log.info("note.no_tick", chat=chat_id, error=str(error))
