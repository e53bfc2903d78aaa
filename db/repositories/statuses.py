"""Queries of the steps that a message of ours goes through: their history, and who works on them (R054, UX-78)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_ALONE = text("""
select pg_advisory_xact_lock(hashtextextended(cast(:account_id as text) || ':' || :provider_message_id, 0))
""")

_ALONE_WITH_ROW = text("""
select pg_advisory_xact_lock(hashtextextended(cast(account_id as text) || ':' || :provider_message_id, 0))
  from outbox where id = :outbox_id
""")

_TOLD = text("""
update outbox set unacknowledged_told = :times where id = :id and status = 'sent' and unacknowledged_told = :times - 1
returning id
""")

_HISTORY = text("select status, at from delivery_statuses where outbox_id = :outbox_id order by at, id")


async def alone_with(session: AsyncSession, account_id: UUID, provider_message_id: str) -> None:
    """Until the transaction ends nobody else works on this message of an account.

    The answer of the call, the echo and the receipts may come at once; they would wait for each other's rows in a ring.
    """
    arguments = {"account_id": account_id, "provider_message_id": provider_message_id}
    await session.execute(_ALONE, arguments)


async def alone_with_row(session: AsyncSession, outbox_id: UUID, provider_message_id: str) -> None:
    """The same for the message that an outbox row became."""
    arguments = {"outbox_id": outbox_id, "provider_message_id": provider_message_id}
    await session.execute(_ALONE_WITH_ROW, arguments)


async def not_acknowledged(session: AsyncSession, outbox_id: UUID, times: int) -> bool:
    """Notes that the artisan is told for the ``times``-th time that a message is not delivered (UX-78).

    False when it is delivered by now, or when he was told so often before.
    """
    return (await session.execute(_TOLD, {"id": outbox_id, "times": times})).one_or_none() is not None


async def history(session: AsyncSession, outbox_id: UUID) -> Sequence[Row[Any]]:
    """The steps of a message that left, in order: ``status`` and when (R054)."""
    return (await session.execute(_HISTORY, {"outbox_id": outbox_id})).all()
