"""set_dates: when the works are or were done, how long the offer holds, when payment is due."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from services.documents import editing
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SetDatesArgs(Args):
    """Dates ISO 8601; ``service_month`` is "YYYY-MM"; days count from the issue date."""

    service_date: date | None = None
    service_month: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    start_date: date | None = None
    validity_days: int | None = Field(default=None, ge=1, le=365)
    due_days: int | None = Field(default=None, ge=0, le=120)
    due_date: date | None = None


async def set_dates(context: TurnContext, args: SetDatesArgs) -> str:
    editing.set_term(context.editable(), **args.model_dump(exclude_none=True))
    context.refresh_vat()
    context.report("dates_set", fields=sorted(args.model_dump(exclude_none=True)))
    return "dates noted"


TOOL = define(
    "set_dates",
    "Set the date of the works, the start, the validity in days or the payment term, only when said.",
    SetDatesArgs,
    Effect.DRAFT,
    set_dates,
)
