"""A company's subscription to Usta: read, begun, changed, stopped, resumed, its invoices (G22, R203, R204)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import TenantDep, allowed, costly
from api.v1.bodies import Body
from api.v1.paging import Page, page_of, paging
from api.v1.plans import PlanAnswer
from db.models import SubscriptionInvoice
from db.paging import Wanted
from db.repositories import billing as repository
from db.repositories.accounts import get_organization
from services.billing import plan_limits, service
from services.billing.links import payment_url, public_base
from services.billing.plan_limits import Usage
from services.billing.stripe_api import BillingOff, Stripe, StripeError, current_stripe
from services.storage.links import link_to
from services.storage.service import storage

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/subscription",
    tags=["subscription"],
    dependencies=[allowed("billing:read")],
    responses=errors(401, 403, 404, 422),
)
_WRITE = allowed("billing:write")
_CHECKOUT: dict[str, Any] = {"pro": {"summary": "Pro, by the month", "value": {"plan": "pro-monthly"}}}
_CHANGE: dict[str, Any] = {
    "stop": {"summary": "Stop at the end of the paid period", "value": {"cancel_at_period_end": True}},
    "resume": {"summary": "Go on after all", "value": {"cancel_at_period_end": False}},
    "plan": {"summary": "Another plan", "value": {"plan": "starter-monthly"}},
}
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class SubscriptionAnswer(BaseModel):
    """How a company stands. ``status`` is Stripe's word, null before the first subscription.

    ``pay_at`` is a page where the owner subscribes or pays what is due: good for thirty days, without a sign-in.
    """

    account: Literal["pending", "active", "suspended", "erased"]
    billing: Literal["off", "simulator", "stripe"]
    status: str | None = None
    plan: PlanAnswer | None = None
    current_period_start: datetime | None = None
    current_period_end: datetime | None = None
    trial_end: datetime | None = None
    cancel_at: datetime | None = None
    cancel_at_period_end: bool = False
    canceled_at: datetime | None = None
    ended_at: datetime | None = None
    unpaid_since: datetime | None = None
    usage: dict[str, Usage]
    pay_at: str | None = None


class Wish(Body):
    """The plan to subscribe to."""

    plan: Code


class SubscriptionChange(Body):
    """Another plan from now on, or an end with the paid period (``false`` takes it back)."""

    plan: Code | None = None
    cancel_at_period_end: bool | None = None


class PageLink(BaseModel):
    """A page at Stripe to open in a browser now; it ends by itself."""

    url: str


class InvoiceAnswer(BaseModel):
    """A subscription invoice. ``number`` is ours (ABO-YYYY-NNNN), null until it is paid; amounts EUR.

    One that ``credits_id`` another is the credit note of a refund of it (ABO-AV-YYYY-NNNN), in amounts above nothing.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    credits_id: UUID | None
    number: str | None
    stripe_number: str | None
    status: Literal["draft", "open", "paid", "void", "uncollectible"]
    subtotal: Decimal
    vat_amount: Decimal
    total: Decimal
    amount_paid: Decimal
    period_start: datetime | None
    period_end: datetime | None
    issue_date: date | None
    due_date: date | None
    paid_at: datetime | None
    created_at: datetime


class PdfLink(BaseModel):
    """A link that opens the PDF without a sign-in, for a day."""

    url: str
    expires_at: datetime


@router.get("")
async def read_subscription(request: Request, tenant: TenantDep) -> SubscriptionAnswer:
    """The subscription as Stripe last told it, and how much of the plan is used."""
    configured = request.app.state.settings
    async with tenant.session() as session:
        organization = await get_organization(session, tenant.id)
        used = await plan_limits.usage(session, tenant.id)
        found = await service.current(session, tenant.id)
    answer = SubscriptionAnswer(account=organization.status, billing=configured.billing, usage=dict(used))
    if configured.billing != "off":
        answer.pay_at = payment_url(configured, tenant.id)
    if found is None:
        return answer
    row = found.subscription
    known = {name: getattr(row, name) for name in SubscriptionAnswer.model_fields if hasattr(row, name)}
    plan = PlanAnswer.model_validate(found.plan) if found.plan else None
    return answer.model_copy(update={**known, "plan": plan})


@router.post("/checkout", status_code=201, dependencies=[_WRITE, costly], responses=errors(409, 502, 503))
async def checkout(
    request: Request, tenant: TenantDep, body: Annotated[Wish, Example(openapi_examples=_CHECKOUT)]
) -> PageLink:
    """A page where the company gives its card; the first subscription begins with the plan's trial."""
    async with _stripe(request) as stripe, tenant.session():
        configured = request.app.state.settings
        try:
            url = await service.start_checkout(request.app.state.database, stripe, configured, tenant.id, body.plan)
        except service.SubscribedAlready as error:
            raise ApiError(409, "The company has a subscription: change it instead.") from error
        return PageLink(url=url)


@router.post("/portal", status_code=201, dependencies=[_WRITE, costly], responses=errors(409, 502, 503))
async def portal(request: Request, tenant: TenantDep) -> PageLink:
    """A page where the company changes its card, sees its payments, or stops."""
    async with _stripe(request) as stripe, tenant.session():
        configured = request.app.state.settings
        return PageLink(url=await service.portal(request.app.state.database, stripe, configured, tenant.id))


@router.patch("", status_code=202, dependencies=[_WRITE, costly], responses=errors(409, 502, 503))
async def change_subscription(
    request: Request, tenant: TenantDep, body: Annotated[SubscriptionChange, Example(openapi_examples=_CHANGE)]
) -> SubscriptionAnswer:
    """Another plan, an end with the period, or going on after all. Stripe does it at once, what is read here follows."""
    if body.plan is None and body.cancel_at_period_end is None:
        raise ApiError(422, "Nothing was changed.", [ErrorDetail(field="plan", message="or cancel_at_period_end")])
    async with _stripe(request) as stripe, tenant.session():
        await service.change(
            request.app.state.database,
            stripe,
            tenant.id,
            plan_code=body.plan,
            cancel_at_period_end=body.cancel_at_period_end,
        )
    return await read_subscription(request, tenant)


@router.get("/invoices")
async def list_invoices(
    tenant: TenantDep, wanted: Annotated[Wanted, paging(repository.INVOICES)]
) -> Page[InvoiceAnswer]:
    """The company's subscription invoices, newest first."""
    async with tenant.session() as session:
        return page_of(await repository.invoices(session, tenant.id, wanted), InvoiceAnswer.model_validate)


@router.get("/invoices/{invoice_id}")
async def read_invoice(tenant: TenantDep, invoice_id: UUID) -> InvoiceAnswer:
    """One subscription invoice."""
    async with tenant.session() as session:
        return InvoiceAnswer.model_validate(await _found(session, tenant.id, invoice_id))


@router.get("/invoices/{invoice_id}/pdf", responses=errors(409))
async def invoice_pdf(request: Request, tenant: TenantDep, invoice_id: UUID) -> PdfLink:
    """A link to the PDF."""
    async with tenant.session() as session:
        row = await _found(session, tenant.id, invoice_id)
    if row.pdf_key is None:
        raise ApiError(409, "There is no PDF yet: it is made once the invoice is paid.")
    base = public_base(request.app.state.settings)
    link = await link_to(storage(), row.pdf_key, f"{row.number}.pdf", base, inline=True)
    return PdfLink(url=link.url, expires_at=link.expires_at)


async def _found(session: Any, organization_id: UUID, invoice_id: UUID) -> SubscriptionInvoice:
    row = await repository.invoice(session, organization_id, invoice_id)
    if row is None:
        raise ApiError(404, "There is no such invoice.")
    return row


@asynccontextmanager
async def _stripe(request: Request) -> AsyncIterator[Stripe]:
    """The Stripe account, its troubles answered as ours."""
    try:
        service.require_on(request.app.state.settings)
        yield current_stripe()
    except BillingOff as error:
        raise ApiError(503, "Nobody pays here: an admin of the installation activates companies.") from error
    except service.PlanUnknown as error:
        detail = ErrorDetail(field="plan", message="is not sold")
        raise ApiError(422, "The request is not valid.", [detail]) from error
    except service.NotSubscribed as error:
        raise ApiError(409, "The company has no subscription yet.") from error
    except StripeError as error:
        raise ApiError(502, "Stripe does not answer as it should: try again in a minute.") from error
