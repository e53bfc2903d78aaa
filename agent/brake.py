"""The brake for a phone that writes without end: nothing is lost, it is told once, and it gets one turn a minute.

The debounce (UX-08) gathers what one person says in one go; this is for what no person says. A job that is scheduled
under the chat's lock holds back every later turn of the chat by itself, so that no worker waits meanwhile.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from agent.telling import tell
from db.queue import defer
from db.repositories import conversations, flood
from db.repositories.accounts import add_log
from db.session import Database

PACE = timedelta(minutes=1)
"""Between two turns of a phone that writes too much."""
ONE_FLOOD = timedelta(minutes=10)
"""Without the brake for so long, the next time is another flood: it waits and is told again."""

log = structlog.get_logger()


async def holds(database: Database, organization_id: UUID, chat_id: UUID, most: int) -> bool:
    """Whether the chat's turn waits, because more than ``most`` messages were sent in its last minute.

    At the beginning of a flood the artisan is told and the turn is deferred; when its time has come it is made, and the
    next one deferred. Runs under the chat's lock.
    """
    now = datetime.now(UTC)
    async with database.tenant(organization_id) as session:
        found = await flood.pace(session, organization_id, chat_id, now, most + 1)
        if found is None:
            return False
        if found.braked_until and found.braked_until > now:
            return True
        if found.messages <= most:
            return False
        await _hold(session, organization_id, chat_id, now + PACE)
        if found.braked_until and now - found.braked_until <= ONE_FLOOD:
            return False
        await _tell(session, organization_id, chat_id)
        return True


async def _hold(session: AsyncSession, organization_id: UUID, chat_id: UUID, until: datetime) -> None:
    await flood.brake(session, organization_id, chat_id, until)
    await defer(
        session,
        "turn",
        lock=f"chat:{chat_id}",
        schedule_at=until,
        organization_id=str(organization_id),
        chat_id=str(chat_id),
    )


async def _tell(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> None:
    log.warning("chat.flooded", chat=str(chat_id))
    add_log(session, organization_id, "chat.flooded", "A phone writes faster than it can be answered.", type="warning",
            chat_id=str(chat_id))  # fmt: skip
    found = await conversations.speakers(session, organization_id, chat_id)
    if found is None or found[0].bot_paused:
        return
    chat, user, _ = found
    await tell(session, organization_id, chat, user, "answers.many_messages")
