"""The look into an account's chats every few minutes, for what no webhook told (R046, C40)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from db.repositories import sync as repository
from db.session import Database
from services.messaging.channel_errors import ChannelError, Disconnected
from services.sessions.record import note_failure
from services.sync.looking import Account, Look
from services.sync.source import Resource, Source

OVERLAP = timedelta(minutes=10)
"""How far before its cursor each look begins again: the provider may show a message some minutes after its time."""
AFTER_RECONNECTION = timedelta(hours=1)
"""For so long after a reconnection a look begins where the account was lost: the provider fills the gap bit by bit."""

log = structlog.get_logger(__name__)


async def poll_account(database: Database, source: Source, account_id: UUID) -> int:
    """Takes in what a connected account's chats hold since the last look; returns how many messages only this brought.

    A chat that cannot be read does not keep the others back; the next look begins at the same place then. The errors
    of the provider are recorded, not raised: the next look comes by itself.
    """
    async with database.system() as session:
        row = await repository.account(session, account_id)
    if row is None or row.status != "connected":
        return 0
    recovered, until, problem = 0, None, None
    try:
        recovered, until, problem = await _look(database, source, account_id, row)
    except ChannelError as error:
        problem = error
    async with database.system() as session:
        await repository.note_poll(
            session,
            account_id,
            until=until if problem is None else None,
            recovered=recovered,
            error=f"{type(problem).__name__}: {problem}"[:500] if problem else None,
        )
        if problem is not None:
            await note_failure(session, account_id, problem)
    if problem or recovered:
        log.warning("sync.polled", account=str(account_id), recovered=recovered, error=repr(problem) if problem else "")
    return recovered


async def _look(
    database: Database, source: Source, account_id: UUID, row: Any
) -> tuple[int, datetime | None, ChannelError | None]:
    since = _since(row, datetime.now(UTC))
    look = Look(database, source, Account(row.provider_account_id, row.history_until))
    recovered, until, problem = 0, row.polled_until, None
    async for chat in source.list_chats(row.provider_account_id, after=since):
        if not chat.get("id"):
            continue
        try:
            seen = await look.through(chat, await _after(database, account_id, chat, since, row))
        except Disconnected:
            raise
        except ChannelError as error:
            problem = error
            continue
        recovered += seen.new
        until = max(filter(None, (until, seen.until)), default=None)
    return recovered, until, problem


def _since(row: Any, now: datetime) -> datetime:
    """The moment from which chats are listed."""
    since = (row.polled_until or row.history_until) - OVERLAP
    return min(since, row.disconnected_at - OVERLAP) if _is_filling(row, now) else since


def _is_filling(row: Any, now: datetime) -> bool:
    """True for a while after a reconnection."""
    if row.disconnected_at is None or row.connected_at is None or row.connected_at < row.disconnected_at:
        return False
    return bool(now - row.connected_at < AFTER_RECONNECTION)


async def _after(database: Database, account_id: UUID, chat: Resource, since: datetime, row: Any) -> datetime:
    """Where the look through a chat begins: its own cursor with an overlap, or the account's while a gap is filled."""
    async with database.system() as session:
        known = await repository.chat(session, account_id, str(chat["id"]))
    if known is None or known.synced_until is None:
        return since
    own: datetime = known.synced_until - OVERLAP
    return min(own, since)
