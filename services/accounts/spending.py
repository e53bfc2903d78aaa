"""What an organization may spend on language models in a day, and what it has spent (R175, R181).

The limit is looked at before a turn thinks, with the spend of all earlier turns: the calls of one turn, two at most, may
pass it by their own price.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.repositories import accounts
from db.repositories import spending as repository
from db.settings import settings

PARIS = ZoneInfo("Europe/Paris")
UNKNOWN_INPUT_PRICE = Decimal(5)
UNKNOWN_OUTPUT_PRICE = Decimal(20)
"""EUR per million tokens of a model whose price is not in the list: dearer than what reads messages well today."""
NEAR = Decimal("0.8")
"""Share of the limit from which the log warns."""
REACHED, NEARLY = "models.limit_reached", "models.limit_near"

_log = structlog.get_logger(__name__)


class ModelSpend(BaseModel):
    """Today's spend and the day's limit in EUR; a day is one of Europe/Paris. ``told``: the artisan knows already."""

    spent: Decimal
    limit: Decimal
    own_limit: bool
    told: bool = False

    @property
    def allowed(self) -> bool:
        """Whether a model may be asked. A limit of 0 means never."""
        return self.spent < self.limit


async def spend_today(session: AsyncSession, organization: Organization, now: datetime) -> ModelSpend:
    """What was spent since midnight in Paris; the limit is the organization's own or the installation's."""
    midnight = day_start(now)
    own = organization.daily_model_spend_eur
    limit = settings().model_daily_spend_eur if own is None else own
    spent = await repository.model_spend_since(
        session, organization.id, midnight, input_price=UNKNOWN_INPUT_PRICE, output_price=UNKNOWN_OUTPUT_PRICE
    )
    over = spent >= limit
    told = over and await repository.logged_since(session, organization.id, REACHED, midnight)
    return ModelSpend(spent=spent, limit=limit, own_limit=own is not None, told=told)


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
    """Logs that messages are read without a model for the rest of the day; also what makes the notice come once."""
    description = f"{spend.spent:.2f} of {spend.limit:.2f} EUR spent: messages are read without a model until midnight."
    accounts.add_log(session, organization_id, REACHED, description, type="warning")


def assumed_cost(cost: Decimal | None, input_tokens: int, output_tokens: int) -> Decimal:
    """EUR of a call: its own cost, else at the prices of an unknown model."""
    if cost is not None:
        return cost
    return (input_tokens * UNKNOWN_INPUT_PRICE + output_tokens * UNKNOWN_OUTPUT_PRICE) / Decimal(1_000_000)


def day_start(now: datetime) -> datetime:
    """The midnight in Paris that ``now``'s day began at."""
    local = now.astimezone(PARIS)
    return datetime.combine(local.date(), time(), PARIS).astimezone(UTC)
