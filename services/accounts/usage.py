"""What a company's language models did in a period, by day, model and purpose, and what is left of today (R175, R181)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import accounts
from db.repositories import spending as repository
from db.repositories.spending import UsageOf
from services.accounts.prices import PARIS, UNKNOWN_INPUT_PRICE, UNKNOWN_OUTPUT_PRICE, month_start, spent_since
from services.accounts.spending import spend_today
from services.billing import plan_limits

LONGEST = timedelta(days=366)


class Calls(BaseModel):
    """Calls of models. ``eur`` counts one whose price is not known at the prices of an unknown model."""

    calls: int
    failed: int
    input_tokens: int
    cached_tokens: int = Field(description="Of the input, read from the provider's cache.")
    output_tokens: int
    eur: Decimal
    seconds: float = Field(description="Time that the providers took, in all.")


class OfDay(Calls):
    """A day in Paris."""

    day: date


class OfModel(Calls):
    """A model, "provider/name"."""

    model: str


class OfPurpose(Calls):
    """What it was for: understanding, a picture, a voice note."""

    purpose: str


class Understood(BaseModel):
    """Turns that an understander read, and their share of all (0 to 1). "none": nothing had to be understood."""

    understander: str
    turns: int
    share: float


class Today(BaseModel):
    """EUR of the day so far. ``own_limit`` false: the installation's limit counts. Nothing left: no model is asked."""

    day: date
    spent_eur: Decimal
    limit_eur: Decimal
    remaining_eur: Decimal
    own_limit: bool


class Month(BaseModel):
    """EUR of the month so far in Paris, and what the plan includes; null = no limit."""

    spent_eur: Decimal
    limit_eur: Decimal | None
    remaining_eur: Decimal | None


class Usage(BaseModel):
    """A company's use of language models in a period, both days included."""

    first_day: date
    last_day: date
    total: Calls
    by_day: list[OfDay]
    by_model: list[OfModel]
    by_purpose: list[OfPurpose]
    understanders: list[Understood]
    today: Today
    month: Month


class BadPeriod(ValueError):
    """The period ends before it begins, or is longer than ``LONGEST``."""


async def usage(
    session: AsyncSession, organization_id: UUID, first: date | None, last: date | None, now: datetime
) -> Usage:
    """The company's usage from ``first`` to ``last`` (Paris; the last thirty days where not given). Raises ``BadPeriod``."""
    today = now.astimezone(PARIS).date()
    last = last or max(today, first or today)
    first = first or last - timedelta(days=29)
    if not timedelta(0) <= last - first < LONGEST:
        raise BadPeriod
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    found: dict[str, list[UsageOf]] = {
        by: await repository.usage(
            session,
            organization_id,
            by,
            since,
            until,
            input_price=UNKNOWN_INPUT_PRICE,
            output_price=UNKNOWN_OUTPUT_PRICE,
        )
        for by in repository.BY
    }
    turns = await repository.understanders(session, organization_id, since, until)
    all_turns = sum(count for _, count in turns)
    return Usage(
        first_day=first,
        last_day=last,
        total=_total(found["day"]),
        by_day=[OfDay(day=row.name, **_calls(row)) for row in found["day"]],
        by_model=[OfModel(model=row.name, **_calls(row)) for row in found["model"]],
        by_purpose=[OfPurpose(purpose=row.name, **_calls(row)) for row in found["purpose"]],
        understanders=[Understood(understander=name, turns=n, share=round(n / all_turns, 4)) for name, n in turns],
        today=await _today(session, organization_id, now),
        month=await _month(session, organization_id, now),
    )


async def _today(session: AsyncSession, organization_id: UUID, now: datetime) -> Today:
    spend = await spend_today(session, await accounts.get_organization(session, organization_id), now)
    return Today(
        day=now.astimezone(PARIS).date(),
        spent_eur=round(spend.spent, 4),
        limit_eur=spend.limit,
        remaining_eur=round(max(spend.limit - spend.spent, Decimal(0)), 4),
        own_limit=spend.own_limit,
    )


async def _month(session: AsyncSession, organization_id: UUID, now: datetime) -> Month:
    limit = (await plan_limits.limits_of(session, organization_id)).model_eur_per_month
    spent = await spent_since(session, organization_id, month_start(now))
    left = None if limit is None else round(max(limit - spent, Decimal(0)), 4)
    return Month(spent_eur=round(spent, 4), limit_eur=limit, remaining_eur=left)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def _calls(row: UsageOf) -> dict[str, int | float | Decimal]:
    return {
        "calls": row.calls,
        "failed": row.failed,
        "input_tokens": row.input_tokens,
        "cached_tokens": row.cached_tokens,
        "output_tokens": row.output_tokens,
        "eur": round(row.eur, 6),
        "seconds": round(row.milliseconds / 1000, 1),
    }


def _total(rows: list[UsageOf]) -> Calls:
    return Calls(
        calls=sum(row.calls for row in rows),
        failed=sum(row.failed for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        cached_tokens=sum(row.cached_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        eur=round(sum((row.eur for row in rows), Decimal(0)), 6),
        seconds=round(sum(row.milliseconds for row in rows) / 1000, 1),
    )
