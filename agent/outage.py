"""What could not be read while no model answered is read again once one does (UX-81)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer
from db.repositories.conversations import again_waiting, words_of
from db.session import Database
from tools.commands import Understander, UnderstandingRequest

if TYPE_CHECKING:
    from agent.turn import Turn

FIRST_PAUSE = timedelta(minutes=2)
TRIES = 8
"""Looks at whether a model answers, each after twice the pause: the last one four hours after the first."""


async def keep_for_later(turn: Turn) -> None:
    """Plans another reading of a turn of which nothing was understood because no model answered; only one for each."""
    before = any(message.details.get("read_again") for message in turn.gathered.messages)
    if not before and turn.records and all(record.context.reported("model_down") for record in turn.records):
        ids = [message.id for message in turn.gathered.messages]
        await plan(turn.session, turn.gathered.organization.id, turn.gathered.chat.id, ids, tries=0)


async def plan(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID], *, tries: int
) -> None:
    """Defers the ``tries``-th look. Not in the chat's lock: a planned job would hold up the turns of what comes first."""
    await defer(
        session,
        "read_again",
        schedule_at=datetime.now(UTC) + FIRST_PAUSE * 2**tries,
        organization_id=str(organization_id),
        chat_id=str(chat_id),
        message_ids=[str(message_id) for message_id in message_ids],
        tries=tries,
    )


async def read_again(
    database: Database,
    understander: Understander,
    organization_id: UUID,
    chat_id: UUID,
    message_ids: Sequence[UUID],
    tries: int,
) -> None:
    """Defers a turn of the messages if a model answers now, else another look.

    Neither once the artisan has written on: he knows best whether he still wants it.
    """
    async with database.tenant(organization_id) as session:
        words = await words_of(session, organization_id, chat_id, message_ids)
    if words is None:
        return
    reading = await understander.understand(UnderstandingRequest(text=words))
    async with database.tenant(organization_id) as session:
        if reading.degraded and tries + 1 < TRIES:
            await plan(session, organization_id, chat_id, message_ids, tries=tries + 1)
        elif not reading.degraded and await again_waiting(session, organization_id, chat_id, message_ids):
            chat, tenant = str(chat_id), str(organization_id)
            await defer(session, "turn", lock=f"chat:{chat}", chat_id=chat, organization_id=tenant)
