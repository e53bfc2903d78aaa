"""Notes that nobody could hear at first are heard once somebody can, and answered if that is still wanted (UX-15)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from agent.listening import Listener, scene_of
from agent.remarks import PARIS
from agent.telling import tell
from db.queue import defer
from db.repositories import conversations
from db.repositories import voice as repository
from db.session import Database
from services.clients import service as clients
from services.transcription.schemas import UNSURE

KEEP_AUDIO = timedelta(days=30)
"""The longest that audio stays, whatever its note waits for (C26)."""
IN_HAND = timedelta(minutes=15)
"""For so long a note that was taken up is left to whoever took it."""
MOST_AT_ONCE, MOST_FORGOTTEN = 50, 500


async def call_for_due_notes(database: Database) -> int:
    """Defers another try at every note that is due; how many."""
    now = datetime.now(UTC)
    async with database.system() as session:
        due = await repository.due_notes(session, now, MOST_AT_ONCE)
        await repository.postpone(session, [message_id for _, message_id in due], now + IN_HAND)
        for organization_id, message_id in due:
            await defer(session, "hear_again", organization_id=str(organization_id), message_id=str(message_id))
    return len(due)


async def hear_again(database: Database, listener: Listener, organization_id: UUID, message_id: UUID) -> None:
    """Another try at a note that waits; what it says then gets its turn.

    When the artisan has written on since, he is only told what was heard: he may have said it again in writing.
    """
    async with database.tenant(organization_id) as session:
        message = await repository.get_message(session, organization_id, message_id)
        if message is None:
            return
        record = (await repository.records_of(session, organization_id, [message_id])).get(message_id)
        found = await conversations.speakers(session, organization_id, message.chat_id)
        if record is None or record.outcome != "waiting" or found is None:
            return
        chat, user, _ = found
        names = await clients.names(session, organization_id)
        scene = await scene_of(session, chat.account_id, organization_id, user.preferred_language, names)
    outcome = await listener.hear(database, scene, message, record)
    if outcome == "waiting":
        return
    async with database.tenant(organization_id) as session:
        if await conversations.again_waiting(session, organization_id, chat.id, [message_id]):
            lock = f"chat:{chat.id}"
            await defer(session, "turn", lock=lock, chat_id=str(chat.id), organization_id=str(organization_id))
            return
        message = await repository.get_message(session, organization_id, message_id)
        if message is None or message.processing_status != "processed":
            return  # its own turn has not come yet, and will find the words
        said = "voice.heard_late" if message.transcription else "voice.lost"
        time = message.sent_at.astimezone(PARIS).strftime("%H:%M")
        await tell(session, organization_id, chat, user, said, time=time, text=message.transcription)


async def forget_audio(database: Database, listener: Listener) -> int:
    """Deletes audio older than thirty days, and what could not be deleted in its time. How many files went."""
    async with database.system() as session:
        sure = Decimal(str(UNSURE))
        found = await repository.forgettable_audio(session, datetime.now(UTC) - KEEP_AUDIO, sure, MOST_FORGOTTEN)
    return sum([await listener.forget(database, *each) for each in found])
