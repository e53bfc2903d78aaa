"""What an organization may spend on language models in a day and a month, and what it has spent (R175, R181, C44).

The limit is looked at before a turn thinks, with the spend of all earlier turns: the calls of one turn, two at most, may
pass it by their own price.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.repositories import accounts
from db.repositories import spending as repository
from db.settings import settings
from services.accounts.prices import day_start, month_start, spent_since
from services.billing import plan_limits

NEAR = Decimal("0.8")
"""Share of the limit from which the log warns."""
REACHED, NEARLY = "models.limit_reached", "models.limit_near"
MONTH_REACHED = "models.plan_limit_reached"

_log = structlog.get_logger(__name__)


class ModelSpend(BaseModel):
    """What was spent and may be, in EUR, today and this month (Europe/Paris). ``told``: the artisan knows already.

    The day's limit is the installation's or the company's own, the month's is the plan's; None = none.
    """

    spent: Decimal
    limit: Decimal
    own_limit: bool
    month_spent: Decimal = Decimal(0)
    month_limit: Decimal | None = None
    told: bool = False
    hurried: bool = False
    """As many calls in the last minute as a company may make (R231): words are read without a model until it is over."""

    @property
    def may_read(self) -> bool:
        """Whether a model may be asked what the artisan's words mean, now."""
        return self.allowed and not self.hurried

    @property
    def allowed(self) -> bool:
        """Whether day and month leave something for a model. A limit of 0 means never."""
        return self.spent < self.limit and not self.month_over

    @property
    def month_over(self) -> bool:
        """The plan includes no more this month: only a larger one helps."""
        return self.month_limit is not None and self.month_spent >= self.month_limit


async def spend_today(session: AsyncSession, organization: Organization, now: datetime) -> ModelSpend:
    """What was spent since midnight in Paris; the limit is the organization's own or the installation's."""
    midnight, month = day_start(now), month_start(now)
    own = organization.daily_model_spend_eur
    spend = ModelSpend(
        spent=await spent_since(session, organization.id, midnight),
        limit=settings().model_daily_spend_eur if own is None else own,
        own_limit=own is not None,
        month_limit=(await plan_limits.limits_of(session, organization.id)).model_eur_per_month,
    )
    if spend.month_limit is not None:
        spend.month_spent = await spent_since(session, organization.id, month)
    if settings().rate_limits:
        lately = await repository.model_calls_since(session, organization.id, now - timedelta(minutes=1))
        spend.hurried = lately >= settings().model_calls_per_minute
    if not spend.allowed:
        event, since = (MONTH_REACHED, month) if spend.month_over else (REACHED, midnight)
        spend.told = await repository.logged_since(session, organization.id, event, since)
    return spend


async def set_limit(session: AsyncSession, organization_id: UUID, limit: Decimal | None) -> Organization:
    """Writes the organization's own limit in EUR a day; None returns to the installation's."""
    organization = await accounts.get_organization(session, organization_id)
    rounded = limit.quantize(Decimal("0.01"), ROUND_HALF_UP) if limit is not None else None
    if rounded != organization.daily_model_spend_eur:
        organization.daily_model_spend_eur = rounded
        accounts.add_log(session, organization_id, "models.limit_changed", str(rounded), type="audit")
        await session.flush()
    return organization


def note_spend(session: AsyncSession, organization_id: UUID, before: ModelSpend, cost: Decimal) -> None:
    """Logs once when a turn's ``cost`` takes the day's spend over the warning share of the limit."""
    line = before.limit * NEAR
    after = before.spent + cost
    if before.spent < line <= after:
        _log.warning("model spend near its limit", organization_id=str(organization_id), spent=str(after))
        description = f"{after:.2f} of {before.limit:.2f} EUR spent on models today."
        accounts.add_log(session, organization_id, NEARLY, description, type="warning")


def note_reached(session: AsyncSession, organization_id: UUID, spend: ModelSpend) -> None:
    """Logs that messages are read without a model for the rest of the day or month; also what makes the notice come once."""
    if spend.month_over:
        description = f"{spend.month_spent:.2f} of {spend.month_limit:.2f} EUR spent: the plan has no more this month."
        accounts.add_log(session, organization_id, MONTH_REACHED, description, type="warning")
        return
    description = f"{spend.spent:.2f} of {spend.limit:.2f} EUR spent: messages are read without a model until midnight."
    accounts.add_log(session, organization_id, REACHED, description, type="warning")
