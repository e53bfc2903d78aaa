"""Plans as admins of the installation keep them (R206)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Plan
from db.repositories import plans as repository
from services.identity.journal import note_by
from services.identity.principals import Principal


class PlanExists(ValueError):
    """Another plan has this code."""


class PriceIsSold(RuntimeError):
    """Amount, currency and interval of a plan with a price at Stripe are final: make another plan."""


_FINAL = frozenset({"amount", "currency", "interval", "interval_count"})


async def create(session: AsyncSession, by: Principal, values: dict[str, Any]) -> Plan:
    """A new plan, without a price at Stripe until ``usta billing setup``. Raises ``PlanExists``."""
    plan = Plan(**values)
    session.add(plan)
    try:
        await session.flush()
    except IntegrityError as error:
        raise PlanExists(values["code"]) from error
    note_by(session, by, None, "plan.created", plan.code)
    return plan


async def change(session: AsyncSession, by: Principal, plan: Plan, values: dict[str, Any]) -> Plan:
    """Writes what is given. Raises ``PriceIsSold``."""
    moved = {name for name, value in values.items() if getattr(plan, name) != value}
    if plan.stripe_price_id is not None and moved & _FINAL:
        raise PriceIsSold(", ".join(sorted(moved & _FINAL)))
    for name in moved:
        setattr(plan, name, values[name])
    note_by(session, by, None, "plan.changed", f"{plan.code}: {', '.join(sorted(moved))}")
    await session.flush()
    return plan


async def find(session: AsyncSession, plan_id: UUID) -> Plan | None:
    """One plan, sold or not."""
    return await repository.by_id(session, plan_id)
