"""The first import of a connected number: its last hundred chats, fifty messages each, stored and never answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from db.repositories import sync as repository
from db.session import Database
from services.sync.looking import Account, Look
from services.sync.source import Resource, Source

CHATS = 100
MESSAGES = 50
"""How far back the history goes (R045)."""

log = structlog.get_logger(__name__)


async def import_account(database: Database, source: Source, account_id: UUID) -> bool:
    """Imports what the account holds, chat by chat; False when there is no such account. Raises ``ChannelError``.

    Progress commits with each chat. Begun again after a failure it goes through all chats once more and finds those
    that were stored.
    """
    async with database.system() as session:
        row = await repository.account(session, account_id)
    if row is None:
        return False
    chats = await _chats(source, row.provider_account_id)
    async with database.system() as session:
        await repository.start(session, account_id, len(chats))
    look = Look(database, source, Account(row.provider_account_id, row.history_until), importing=True, most=MESSAGES)
    until: datetime | None = None
    for chat in chats:
        seen = await look.through(chat, None)
        until = max(filter(None, (until, seen.until)), default=None)
        async with database.system() as session:
            await repository.count_chat(session, account_id, seen.new)
    async with database.system() as session:
        await repository.finish(session, account_id, "done", until=until or row.history_until)
    log.info("sync.imported", account=str(account_id), chats=len(chats))
    return True


async def _chats(source: Source, account_ref: str) -> list[Resource]:
    found: list[Resource] = []
    async for chat in source.list_chats(account_ref, limit=CHATS):
        if chat.get("id"):
            found.append(chat)
        if len(found) >= CHATS:
            break
    return found
