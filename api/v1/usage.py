"""What a company's language models did and cost, and who understood its messages (R175, R181)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import TenantDep, allowed
from services.accounts import usage
from services.accounts.usage import Usage

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/usage",
    tags=["models"],
    dependencies=[allowed("models:read")],
    responses=errors(404),
)
_EARLIEST, _LATEST = date(2020, 1, 1), date(2200, 1, 1)


@router.get("")
async def read_usage(
    tenant: TenantDep,
    first_day: Annotated[date | None, Query(ge=_EARLIEST, le=_LATEST, description="In Paris.")] = None,
    last_day: Annotated[date | None, Query(ge=_EARLIEST, le=_LATEST, description="Included; today if missing.")] = None,
) -> Usage:
    """Calls, tokens and EUR by day, model and purpose; the share of each understander; what is left of today's limit.

    The last thirty days unless said otherwise, 366 at most.
    """
    async with tenant.session() as session:
        try:
            return await usage.usage(session, tenant.id, first_day, last_day, datetime.now(UTC))
        except usage.BadPeriod as error:
            detail = ErrorDetail(field="last_day", message="not before first_day, and at most 366 days in all")
            raise ApiError(422, "The request is not valid.", [detail]) from error
