"""Queries about plans: a price list, of no company and readable by all (R206)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Plan
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"code": Plan.code, "created_at": Plan.created_at}, key=Plan.id, default="code")


async def active(session: AsyncSession) -> Sequence[Plan]:
    """What can be subscribed to, the cheapest first."""
    return (await session.scalars(select(Plan).where(Plan.active).order_by(Plan.amount, Plan.code))).all()


async def page(session: AsyncSession, wanted: Wanted) -> Rows[Plan]:
    """All plans, also those that are no longer sold."""
    return await fetch_page(session, select(Plan), wanted)


async def by_code(session: AsyncSession, code: str) -> Plan | None:
    return (await session.scalars(select(Plan).where(Plan.code == code))).one_or_none()


async def by_id(session: AsyncSession, plan_id: UUID) -> Plan | None:
    return await session.get(Plan, plan_id)


async def by_price(session: AsyncSession, price_id: str) -> Plan | None:
    return (await session.scalars(select(Plan).where(Plan.stripe_price_id == price_id))).one_or_none()
