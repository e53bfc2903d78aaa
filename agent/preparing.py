"""Makes messages ready for their turn: sound is listened to and pictures are looked at before anything is understood.

No connection is held meanwhile; what comes of it is stored, and the turn reads rows only. A message is made ready once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from agent.gathering import Gathered, gather
from db.models import WhatsappMessage
from db.repositories import conversations as repository
from db.session import Database

Step = Callable[[Database, Gathered, Sequence[WhatsappMessage]], Awaitable[None]]
"""Takes the messages that are its business among those given, and stores the outcome of each. What it raises repeats the
turn's job; a failure that concerns one message only is an outcome to store."""


async def gather_ready(
    database: Database, steps: Sequence[Step], organization_id: UUID, chat_id: UUID
) -> Gathered | None:
    """The turn's starting point with every waiting message made ready; None when nothing waits."""
    while True:
        async with database.tenant(organization_id) as session:
            gathered = await gather(session, organization_id, chat_id, datetime.now(UTC))
        if gathered is None or not steps or not (unready := _unready(gathered.messages)):
            return gathered
        for step in steps:
            await step(database, gathered, unready)
        async with database.tenant(organization_id) as session:
            await repository.mark_prepared(session, organization_id, [message.id for message in unready])


def _unready(messages: Sequence[WhatsappMessage]) -> list[WhatsappMessage]:
    """What is forwarded stays as it is: somebody else's (UX-18)."""
    return [
        message
        for message in messages
        if message.attachments and message.prepared_at is None and not message.is_forwarded
    ]
