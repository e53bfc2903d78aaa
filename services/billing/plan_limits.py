"""What a plan includes, held to where it bites: documents issued in a month, members, own numbers (C44).

Only a live subscription limits: a company that an admin has activated by hand has none. Two requests at the same moment may
pass a limit by one: that is cheaper than holding up everybody's documents.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import billing as repository
from db.settings import settings
from services.billing.schemas import LimitName, Limits
from services.billing.states import LIVE

PARIS = ZoneInfo("Europe/Paris")


class LimitReached(RuntimeError):
    """The plan includes ``limit`` of ``name`` and no more; the API answers 402."""

    def __init__(self, name: LimitName, limit: int) -> None:
        super().__init__(f"{name}: {limit}")
        self.name, self.limit = name, limit


class Usage(BaseModel):
    """How much of what a plan includes is used; ``limit`` None = as much as one likes."""

    used: int
    limit: int | None


async def limits_of(session: AsyncSession, organization_id: UUID) -> Limits:
    """What the company's plan includes; no limit without a live subscription."""
    found = await repository.subscription_of(session, organization_id)
    if found is None or found[1] is None or found[0].status not in LIVE:
        return Limits()
    return Limits.model_validate(found[1].limits)


async def usage(session: AsyncSession, organization_id: UUID, now: datetime | None = None) -> dict[LimitName, Usage]:
    """Every limit with what is used of it."""
    limits = await limits_of(session, organization_id)
    counted = await repository.counted(session, organization_id, _month_start(now))
    return {name: Usage(used=getattr(counted, name), limit=getattr(limits, name)) for name in Limits.model_fields}  # type: ignore[misc]


async def require(session: AsyncSession, organization_id: UUID, name: LimitName) -> None:
    """Lets one more of ``name`` pass. Raises ``LimitReached``."""
    if settings().billing == "off":
        return
    limit: int | None = getattr(await limits_of(session, organization_id), name)
    if limit is None:
        return
    counted = await repository.counted(session, organization_id, _month_start(None))
    if getattr(counted, name) >= limit:
        raise LimitReached(name, limit)


def _month_start(now: datetime | None) -> date:
    return (now or datetime.now(UTC)).astimezone(PARIS).date().replace(day=1)
