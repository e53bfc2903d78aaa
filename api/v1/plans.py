"""Plans that companies subscribe to: the list for anybody, their care for admins of the installation (R206)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import PrincipalDep, admin, public
from api.v1.bodies import Body, Name
from api.v1.concurrency import IfMatchDep, tag
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.models import Plan
from db.paging import Wanted
from db.repositories import plans as repository
from services.billing import plans
from services.billing.schemas import Limits, Tier

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])
admin_router = APIRouter(
    prefix="/api/v1/admin/plans", tags=["plans"], dependencies=[admin], responses=errors(401, 403, 422)
)
Interval = Literal["month", "year"]
Amount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2, examples=["29.00"])]
Text = Annotated[str, Field(min_length=1, max_length=200)]
_NEW: dict[str, Any] = {
    "yearly": {
        "summary": "A year in advance",
        "value": {
            "code": "pro-yearly",
            "tier": "PROFESSIONAL",
            "name": "Pro, à l'année",
            "amount": "990.00",
            "interval": "year",
            "trial_days": 14,
            "features": ["Devis et factures", "Notes vocales"],
            "limits": {"documents_per_month": 400, "members": 10},
        },
    }
}
_CHANGE: dict[str, Any] = {"retire": {"summary": "Not sold any more", "value": {"active": False}}}


class PlanAnswer(BaseModel):
    """A plan. ``amount`` is EUR excl. VAT per ``interval_count`` intervals; what ``limits`` does not name is unlimited."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    tier: Tier
    name: str
    description: str | None
    amount: Decimal
    currency: str
    interval: Interval
    interval_count: int
    trial_days: int
    features: list[str]
    limits: Limits


class PlanForAdmins(PlanAnswer):
    """A plan with what only the installation's admins see of it."""

    active: bool
    stripe_product_id: str | None
    stripe_price_id: str | None
    created_at: datetime
    updated_at: datetime


class PlanChange(Body):
    """What is given is written."""

    tier: Tier | None = None
    name: Name | None = None
    description: Annotated[str, Field(max_length=1000)] | None = None
    amount: Amount | None = None
    interval: Interval | None = None
    interval_count: Annotated[int, Field(ge=1, le=12)] | None = None
    trial_days: Annotated[int, Field(ge=0, le=365)] | None = None
    features: Annotated[list[Text], Field(max_length=50)] | None = None
    limits: Limits | None = None
    active: bool | None = None


class NewPlan(Body):
    """``code`` names it for ever."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, examples=["pro-yearly"])]
    tier: Tier
    name: Name
    description: Annotated[str, Field(max_length=1000)] | None = None
    amount: Amount
    interval: Interval = "month"
    interval_count: Annotated[int, Field(ge=1, le=12)] = 1
    trial_days: Annotated[int, Field(ge=0, le=365)] = 0
    features: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    limits: Limits = Field(default_factory=Limits)


class PlanList(BaseModel):
    """What is sold now, the cheapest first."""

    data: list[PlanAnswer]


@router.get("", dependencies=[public("a price list")])
async def sold_plans(request: Request) -> PlanList:
    """The plans that can be subscribed to, prices in EUR excl. VAT."""
    async with request.app.state.database.system() as session:
        return PlanList(data=[PlanAnswer.model_validate(each) for each in await repository.active(session)])


@admin_router.get("")
async def list_plans(request: Request, wanted: Annotated[Wanted, paging(repository.SORTABLE)]) -> Page[PlanForAdmins]:
    """All plans, also those that are not sold any more."""
    async with request.app.state.database.system() as session:
        return page_of(await repository.page(session, wanted), PlanForAdmins.model_validate)


@admin_router.post("", status_code=201, dependencies=[idempotent], responses=errors(409))
async def create_plan(
    request: Request, principal: PrincipalDep, body: Annotated[NewPlan, Example(openapi_examples=_NEW)]
) -> PlanForAdmins:
    """A new plan; `usta billing setup` gives it its price at Stripe, from then on it can be subscribed to."""
    async with request.app.state.database.system() as session:
        try:
            made = await plans.create(session, principal, _values(body))
        except plans.PlanExists as error:
            detail = ErrorDetail(field="code", message="another one has it")
            raise ApiError(409, "Nothing was changed.", [detail]) from error
        await session.refresh(made)
        return PlanForAdmins.model_validate(made)


@admin_router.patch("/{plan_id}", responses=errors(404, 409, 412))
async def change_plan(
    request: Request,
    response: Response,
    principal: PrincipalDep,
    if_match: IfMatchDep,
    plan_id: UUID,
    body: Annotated[PlanChange, Example(openapi_examples=_CHANGE)],
) -> PlanForAdmins:
    """Changes a plan. What is sold keeps its price: running subscriptions were agreed at it."""
    async with request.app.state.database.system() as session:
        plan = await _found(session, plan_id)
        await if_match.check(session, plan)
        values = _values(body)
        if empty := sorted(name for name, value in values.items() if value is None and name != "description"):
            raise ApiError(422, "Nothing was changed.", [ErrorDetail(field=empty[0], message="cannot be empty")])
        try:
            await plans.change(session, principal, plan, values)
        except plans.PriceIsSold as error:
            raise ApiError(409, f"This is sold already and stays as it is: {error}. Make another plan.") from error
        await tag(response, session, plan)
        return PlanForAdmins.model_validate(plan)


async def _found(session: Any, plan_id: UUID) -> Plan:
    plan = await plans.find(session, plan_id)
    if plan is None:
        raise ApiError(404, "There is no such plan.")
    return plan


def _values(body: PlanChange | NewPlan) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=isinstance(body, PlanChange))
    if values.get("limits") is not None and body.limits is not None:
        values["limits"] = body.limits.model_dump(mode="json", exclude_none=True)
    return values
