"""What a company spends on language models, its limit for a day, and its plan's for a month."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from api.errors import errors
from api.v1.access import TenantDep, allowed
from db.repositories.accounts import get_organization
from services.accounts import spending
from services.accounts.prices import PARIS

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/models",
    tags=["models"],
    dependencies=[allowed("models:read")],
    responses=errors(404),
)
_EXAMPLES: dict[str, Any] = {
    "own": {"summary": "Five euros a day", "value": {"daily_limit_eur": "5.00"}},
    "house": {"summary": "Back to the installation's limit", "value": {"daily_limit_eur": None}},
    "off": {"summary": "No model at all", "value": {"daily_limit_eur": "0"}},
}


class SpendAnswer(BaseModel):
    """Today in Paris. Amounts are decimal strings in EUR; ``own_limit`` false: the installation's limit counts."""

    day: date
    spent_eur: Decimal
    daily_limit_eur: Decimal
    own_limit: bool
    month_spent_eur: Decimal = Field(description="Counted where the plan has a limit for the month.")
    monthly_limit_eur: Decimal | None = Field(description="The plan's; null = none.")
    models_in_use: bool = Field(description="False once the limit is reached: messages are read by the grammar alone.")


class LimitChange(BaseModel):
    """``daily_limit_eur`` null returns to the installation's limit (MODEL_DAILY_SPEND_EUR)."""

    model_config = ConfigDict(extra="forbid")

    daily_limit_eur: Decimal | None = Field(ge=0, le=10_000, max_digits=12, decimal_places=2)


@router.get("")
async def read_spend(tenant: TenantDep) -> SpendAnswer:
    """Today's spend and the limit."""
    return await _answer(tenant)


@router.patch("", dependencies=[allowed("models:write")])
async def change_limit(
    tenant: TenantDep, change: Annotated[LimitChange, Body(openapi_examples=_EXAMPLES)]
) -> SpendAnswer:
    """Changes the company's limit; it counts from the next message on."""
    async with tenant.session() as session:
        await spending.set_limit(session, tenant.id, change.daily_limit_eur)
    return await _answer(tenant)


async def _answer(tenant: TenantDep) -> SpendAnswer:
    now = datetime.now(UTC)
    async with tenant.session() as session:
        spend = await spending.spend_today(session, await get_organization(session, tenant.id), now)
    return SpendAnswer(
        day=now.astimezone(PARIS).date(),
        spent_eur=round(spend.spent, 4),
        daily_limit_eur=spend.limit,
        own_limit=spend.own_limit,
        month_spent_eur=round(spend.month_spent, 4),
        monthly_limit_eur=spend.month_limit,
        models_in_use=spend.allowed,
    )
