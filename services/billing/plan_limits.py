"""What a plan includes, held to where it bites: documents, voice and models of a month, members, own numbers (C44).

Only a live subscription limits: a company that an admin has activated by hand has none. Two requests at the same moment may
pass a limit by one: that is cheaper than holding up everybody's documents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import billing as repository
from db.repositories import voice
from db.settings import settings
from services.accounts.prices import PARIS, month_start, spent_since
from services.billing.schemas import LimitName, Limits
from services.billing.states import LIVE


class LimitReached(RuntimeError):
    """The plan includes ``limit`` of ``name`` and no more; the API answers 402."""

    def __init__(self, name: LimitName, limit: int | Decimal) -> None:
        super().__init__(f"{name}: {limit}")
        self.name, self.limit = name, limit


class Usage(BaseModel):
    """How much of what a plan includes is used; ``limit`` None = as much as one likes."""

    used: int | Decimal
    limit: int | Decimal | None


async def limits_of(session: AsyncSession, organization_id: UUID) -> Limits:
    """What the company's plan includes; no limit without a live subscription, or where nobody takes money."""
    if settings().billing == "off":
        return Limits()
    found = await repository.subscription_of(session, organization_id)
    if found is None or found[1] is None or found[0].status not in LIVE:
        return Limits()
    return Limits.model_validate(found[1].limits)


async def usage(session: AsyncSession, organization_id: UUID, now: datetime | None = None) -> dict[LimitName, Usage]:
    """Every limit with what is used of it."""
    limits = await limits_of(session, organization_id)
    at = now or datetime.now(UTC)
    return {
        name: Usage(used=await count(session, organization_id, at), limit=getattr(limits, name))
        for name, count in _COUNTS.items()
    }


async def require(session: AsyncSession, organization_id: UUID, name: LimitName) -> None:
    """Lets one more of ``name`` pass. Raises ``LimitReached``."""
    limit: int | Decimal | None = getattr(await limits_of(session, organization_id), name)
    if limit is not None and await _COUNTS[name](session, organization_id, datetime.now(UTC)) >= limit:
        raise LimitReached(name, limit)


async def _documents(session: AsyncSession, organization_id: UUID, now: datetime) -> int:
    since = month_start(now).astimezone(PARIS).date()
    return await repository.documents_issued_since(session, organization_id, since)


async def _members(session: AsyncSession, organization_id: UUID, now: datetime) -> int:
    return await repository.members_of(session, organization_id)


async def _numbers(session: AsyncSession, organization_id: UUID, now: datetime) -> int:
    return await repository.numbers_of(session, organization_id)


async def _voice_minutes(session: AsyncSession, organization_id: UUID, now: datetime) -> int:
    return int(await voice.seconds_heard_since(session, organization_id, month_start(now)) // 60)


async def _model_eur(session: AsyncSession, organization_id: UUID, now: datetime) -> Decimal:
    return round(await spent_since(session, organization_id, month_start(now)), 4)


_COUNTS: dict[LimitName, Callable[[AsyncSession, UUID, datetime], Awaitable[int | Decimal]]] = {
    "documents_per_month": _documents,
    "members": _members,
    "whatsapp_numbers": _numbers,
    "voice_minutes_per_month": _voice_minutes,
    "model_eur_per_month": _model_eur,
}
