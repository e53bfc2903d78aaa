"""Gives a row that nobody waits for its slot among the messages of its account (see ``pacing``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import WhatsappAccount
from db.repositories import pacing as repository
from db.repositories.accounts import add_log
from services.messaging.notices import day_is_full
from services.messaging.outbox import defer_delivery
from services.messaging.pacing import Go, Limits, day_of, decide, limits_of

DAY_IS_FULL = "sending.day_is_full"
"""System log: the account has written its daily share; the rest waits until tomorrow."""

FIGURES = ("shortest_gap", "longest_gap", "daily_limit", "daily_new_limit")

log = structlog.get_logger(__name__)


class Pace(NamedTuple):
    """See ``pace_of``."""

    own: dict[str, float | int | None]
    limits: Limits
    counts: repository.Counts


async def take(session: AsyncSession, row: Any, lane: str, scale: float, lease: float) -> Any:
    """Claims ``row`` when its slot has come, else calls for its delivery at that time; returns the row as it is now.

    ``scale`` multiplies the pauses; ``lease`` as in ``Delivery``, seconds.
    """
    standing = await repository.stand(session, row.account_id, timedelta(seconds=lease))
    assert standing is not None
    limits = limits_of(standing)
    counts = await repository.counts(session, row.account_id, row.id, day_of(standing.now))
    decision = decide(standing, limits, counts, row, scale)
    if isinstance(decision, Go):
        claimed = await repository.claim(session, row.id, row.pace)
        await repository.advance(session, row.account_id, last_at=claimed.sending_at, next_at=decision.next_at)
        now = {"claimed": True, "attempts": claimed.attempts, "sending_at": claimed.sending_at, "status": "sending"}
        return SimpleNamespace(**{**row._mapping, **now})
    await repository.wait(session, row.id, row.pace, slot_at=decision.slot_at, not_before=decision.until)
    await repository.advance(session, row.account_id, last_at=None, next_at=decision.next_at)
    await defer_delivery(session, row.account_id, lane, decision.until)
    if decision.day_is_full:
        await _tell_once(session, row, standing)
    return row


async def set_pace(session: AsyncSession, account_id: UUID, figures: Mapping[str, float | int | None]) -> None:
    """Sets an account's own figures (``db.models.SendingPace``; None = the table's) and draws its slots anew."""
    account = await session.get_one(WhatsappAccount, account_id)
    add_log(session, account.organization_id, "pace.changed", json.dumps(dict(figures)), type="audit", about=account_id)
    for lane in await repository.set_override(session, account_id, dict(figures)):
        await defer_delivery(session, account_id, lane, None)


async def pace_of(session: AsyncSession, account_id: UUID) -> Pace | None:
    """An account's own figures, the limits that hold for it, and what it wrote today; None for an unknown account."""
    standing = await repository.stand(session, account_id)
    if standing is None:
        return None
    counts = await repository.counts(session, account_id, None, day_of(standing.now))
    own = {name: getattr(standing, name) for name in FIGURES}
    return Pace(own, limits_of(standing), counts)


async def _tell_once(session: AsyncSession, row: Any, standing: Any) -> None:
    """Tells the admin and the organization once a day; the account's row is locked, so nobody else is telling."""
    since = day_of(standing.now)
    if await repository.was_told(session, row.account_id, row.organization_id, DAY_IS_FULL, since):
        return
    log.warning(DAY_IS_FULL, account_id=str(row.account_id))
    text = "The number has written its daily share; what is left waits until tomorrow morning."
    add_log(session, row.organization_id, DAY_IS_FULL, text, type="warning", account_id=str(row.account_id))
    await session.flush()
    await day_is_full(session, row.id)
