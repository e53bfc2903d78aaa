"""Queries about what an organization spends on language models."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ModelUsage, SystemLog

_MILLION = Decimal(1_000_000)


async def model_spend_since(
    session: AsyncSession, organization_id: UUID, since: datetime, *, input_price: Decimal, output_price: Decimal
) -> Decimal:
    """EUR for the calls made since then; a call without a cost counts at these prices (EUR per million tokens)."""
    assumed = (ModelUsage.input_tokens * input_price + ModelUsage.output_tokens * output_price) / _MILLION
    query = select(func.coalesce(func.sum(func.coalesce(ModelUsage.cost_eur, assumed)), 0)).where(
        ModelUsage.organization_id == organization_id, ModelUsage.created_at >= since
    )
    return Decimal((await session.scalars(query)).one())


async def logged_since(session: AsyncSession, organization_id: UUID, event: str, since: datetime) -> bool:
    """Whether the system log has this event of the organization since then."""
    query = select(
        exists().where(
            SystemLog.organization_id == organization_id, SystemLog.event == event, SystemLog.created_at >= since
        )
    )
    return bool((await session.scalars(query)).one())
