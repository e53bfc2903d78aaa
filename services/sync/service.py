"""What others call: an account is connected, an import is wanted again, how far is it (R045, C40)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AccountSync
from db.queue import defer
from db.repositories import sync as repository


async def account_connected(session: AsyncSession, account_id: UUID, history_until: datetime | None = None) -> None:
    """To be called in the transaction that notes an account as connected, as often as it happens.

    The first time its history is imported: everything sent up to ``history_until`` (now), never answered. Every other
    time a look into its chats is called for at once, since a reconnected account may have missed messages.
    """
    if await repository.begin(session, account_id, history_until):
        await _defer(session, "sync_account", account_id)
    elif await repository.get_sync(session, account_id) and not await repository.job_waits(session, account_id):
        await _defer(session, "poll_account", account_id)


async def sync_again(session: AsyncSession, account_id: UUID) -> bool:
    """Imports an account's chats once more; False while an import waits or runs, or before the first connection."""
    if not await repository.begin_again(session, account_id):
        return False
    await _defer(session, "sync_account", account_id)
    return True


async def progress(session: AsyncSession, account_id: UUID) -> AccountSync | None:
    """How far the account has been brought in; None before its first connection."""
    return await repository.get_sync(session, account_id)


async def call_for_poll(session: AsyncSession, account_id: UUID) -> None:
    """Defers a look into the account's chats; one at a time per account."""
    await _defer(session, "poll_account", account_id)


async def _defer(session: AsyncSession, task: str, account_id: UUID) -> None:
    await defer(session, task, lock=f"sync:{account_id}", account_id=str(account_id))
