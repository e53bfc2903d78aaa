"""What models have cost a company since a moment, and when its days and months begin (R175)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import spending as repository

PARIS = ZoneInfo("Europe/Paris")
UNKNOWN_INPUT_PRICE = Decimal(5)
UNKNOWN_OUTPUT_PRICE = Decimal(20)
"""EUR per million tokens of a model whose price is not in the list: dearer than what reads messages well today."""


async def spent_since(session: AsyncSession, organization_id: UUID, since: datetime) -> Decimal:
    """EUR for the calls made since then."""
    return await repository.model_spend_since(
        session, organization_id, since, input_price=UNKNOWN_INPUT_PRICE, output_price=UNKNOWN_OUTPUT_PRICE
    )


def assumed_cost(cost: Decimal | None, input_tokens: int, output_tokens: int) -> Decimal:
    """EUR of a call: its own cost, else at the prices of an unknown model."""
    if cost is not None:
        return cost
    return (input_tokens * UNKNOWN_INPUT_PRICE + output_tokens * UNKNOWN_OUTPUT_PRICE) / Decimal(1_000_000)


def day_start(now: datetime) -> datetime:
    """The midnight in Paris that ``now``'s day began at."""
    return _midnight(now)


def month_start(now: datetime) -> datetime:
    """The midnight in Paris that ``now``'s month began at."""
    return _midnight(now.astimezone(PARIS).replace(day=1))


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(PARIS).date(), time(), PARIS).astimezone(UTC)
