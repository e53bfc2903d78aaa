"""Queries about what an organization spends on language models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ModelUsage, SystemLog, Turn

_MILLION = Decimal(1_000_000)
PARIS = "Europe/Paris"
"""Where a day of spending begins (``services.accounts.spending``)."""


async def model_spend_since(
    session: AsyncSession, organization_id: UUID, since: datetime, *, input_price: Decimal, output_price: Decimal
) -> Decimal:
    """EUR for the calls made since then; a call without a cost counts at these prices (EUR per million tokens)."""
    assumed = (ModelUsage.input_tokens * input_price + ModelUsage.output_tokens * output_price) / _MILLION
    query = select(func.coalesce(func.sum(func.coalesce(ModelUsage.cost_eur, assumed)), 0)).where(
        ModelUsage.organization_id == organization_id, ModelUsage.created_at >= since
    )
    return Decimal((await session.scalars(query)).one())


async def model_calls_since(session: AsyncSession, organization_id: UUID, since: datetime) -> int:
    """How often models were asked since then."""
    query = select(func.count()).where(ModelUsage.organization_id == organization_id, ModelUsage.created_at > since)
    return int((await session.scalars(query)).one())


@dataclass(frozen=True, slots=True)
class UsageOf:
    """Calls of models that share a day, a model or nothing; ``eur`` counts a call without a cost at the assumed prices."""

    name: Any
    calls: int
    failed: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    eur: Decimal
    milliseconds: int


_DAY = func.date(func.timezone(PARIS, ModelUsage.created_at))
BY: dict[str, Any] = {
    "day": _DAY,
    "model": func.concat(ModelUsage.provider, "/", ModelUsage.model),
    "purpose": ModelUsage.purpose,
}


async def usage(
    session: AsyncSession,
    organization_id: UUID,
    by: str,
    since: datetime,
    until: datetime,
    *,
    input_price: Decimal,
    output_price: Decimal,
) -> list[UsageOf]:
    """The calls made from ``since`` until before ``until``, by a name of ``BY``."""
    assumed = (ModelUsage.input_tokens * input_price + ModelUsage.output_tokens * output_price) / _MILLION
    query = (
        select(
            BY[by].label("name"),
            func.count(),
            func.count().filter(ModelUsage.outcome != "ok"),
            func.sum(ModelUsage.input_tokens),
            func.sum(ModelUsage.cached_tokens),
            func.sum(ModelUsage.output_tokens),
            func.sum(func.coalesce(ModelUsage.cost_eur, assumed)),
            func.sum(ModelUsage.milliseconds),
        )
        .where(
            ModelUsage.organization_id == organization_id,
            ModelUsage.created_at >= since,
            ModelUsage.created_at < until,
        )
        .group_by("name")
        .order_by("name")
    )
    return [UsageOf(*row) for row in await session.execute(query)]


async def understanders(
    session: AsyncSession, organization_id: UUID, since: datetime, until: datetime
) -> list[tuple[str, int]]:
    """How many turns each understander read in that time, the busiest first."""
    count = func.count()
    query = (
        select(Turn.understander, count)
        .where(
            Turn.organization_id == organization_id,
            Turn.created_at >= since,
            Turn.created_at < until,
        )
        .group_by(Turn.understander)
        .order_by(count.desc(), Turn.understander)
    )
    return [(name, turns) for name, turns in await session.execute(query)]


async def logged_since(session: AsyncSession, organization_id: UUID, event: str, since: datetime) -> bool:
    """Whether the system log has this event of the organization since then."""
    query = select(
        exists().where(
            SystemLog.organization_id == organization_id, SystemLog.event == event, SystemLog.created_at >= since
        )
    )
    return bool((await session.scalars(query)).one())
