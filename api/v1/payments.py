"""Money received for a company's invoices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, errors
from api.v1.access import TenantDep, allowed
from api.v1.bodies import Day
from api.v1.idempotency import idempotent
from services.documents import payments
from services.documents.payments import Method, PaymentRefused, Recorded

PARIS = ZoneInfo("Europe/Paris")
router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/invoices/{invoice_id}/payments",
    tags=["payments"],
    responses=errors(404),
)
_WRITE = allowed("payments:write")
_EXAMPLES: dict[str, Any] = {
    "part": {
        "summary": "A part, by transfer",
        "value": {"amount": "500.00", "paid_on": "2026-11-20", "method": "transfer", "reference": "VIR 4471"},
    },
    "all": {"summary": "All that is due", "value": {}},
}
_STATUS = {"invoice_unknown": 404, "payment_unknown": 404, "payment_too_large": 422, "in_the_future": 422}
_MESSAGES = {
    "invoice_unknown": "There is no such issued invoice.",
    "payment_unknown": "There is no such payment.",
    "not_payable": "Credit notes and cancelled invoices are not paid.",
    "already_paid": "The invoice is paid.",
    "payment_too_large": "The amount is nothing, or more than is owed.",
    "already_reversed": "The payment was taken back already.",
    "in_the_future": "The day is to come.",
    "no_retention": "Nothing is kept back on the invoice, or it is released already.",
}


class PaymentBody(BaseModel):
    """``amount`` EUR incl. VAT, null = all that is due now; ``paid_on`` null = today."""

    model_config = ConfigDict(extra="forbid")

    amount: Decimal | None = Field(default=None, gt=0, max_digits=12, decimal_places=2)
    paid_on: Day | None = None
    method: Method = "other"
    reference: str | None = Field(default=None, max_length=140)


class PaymentAnswer(BaseModel):
    """``balance`` is what is still due now, ``retained`` the guarantee kept back, EUR incl. VAT."""

    payment_id: UUID
    amount: Decimal
    balance: Decimal
    retained: Decimal
    cash_limit_exceeded: bool = Field(description="More than 1 000 EUR came in cash for the contract (CMF D112-3).")


class PaymentRow(BaseModel):
    """Money that came in, or with ``reverses_id`` the counter-entry of what was noted by mistake; EUR incl. VAT."""

    id: UUID
    amount: Decimal
    paid_on: date
    method: Method
    reference: str | None
    reverses_id: UUID | None
    created_at: datetime


class ReleaseAnswer(BaseModel):
    """The guarantee that is due from now on, EUR incl. VAT."""

    released: Decimal


@router.get("", dependencies=[allowed("documents:read")])
async def list_payments(tenant: TenantDep, invoice_id: UUID) -> list[PaymentRow]:
    """All entries of an invoice, oldest first; none for a draft."""
    async with tenant.session() as session:
        try:
            found = await payments.entries(session, tenant.id, invoice_id)
        except PaymentRefused as refusal:
            raise _refused(refusal) from refusal
    return [PaymentRow.model_validate(entry, from_attributes=True) for entry in found]


@router.post("/retention-release", dependencies=[_WRITE], responses=errors(409))
async def release_retention(tenant: TenantDep, invoice_id: UUID) -> ReleaseAnswer:
    """The retention guarantee of an invoice is due: the client took the works over a year ago, or released it."""
    today = datetime.now(UTC).astimezone(PARIS).date()
    async with tenant.session() as session:
        try:
            released = await payments.release_retention(session, tenant.id, invoice_id, released_on=today)
        except PaymentRefused as refusal:
            raise _refused(refusal) from refusal
    return ReleaseAnswer(released=released)


@router.post("", status_code=201, dependencies=[_WRITE, idempotent], responses=errors(409))
async def record_payment(
    tenant: TenantDep, invoice_id: UUID, body: Annotated[PaymentBody, Body(openapi_examples=_EXAMPLES)]
) -> PaymentAnswer:
    """Notes money received, in parts or whole; it is never changed, only taken back by a counter-entry."""
    today = datetime.now(UTC).astimezone(PARIS).date()
    async with tenant.session() as session:
        try:
            noted = await payments.record(
                session,
                tenant.id,
                invoice_id,
                amount=body.amount,
                paid_on=body.paid_on or today,
                method=body.method,
                reference=body.reference,
                today=today,
            )
        except PaymentRefused as refusal:
            raise _refused(refusal) from refusal
        return _answer(noted)


@router.post("/{payment_id}/reversal", status_code=201, dependencies=[_WRITE, idempotent], responses=errors(409))
async def reverse_payment(tenant: TenantDep, invoice_id: UUID, payment_id: UUID) -> PaymentAnswer:
    """Takes a payment back that was noted by mistake: a counter-entry of the same amount."""
    today = datetime.now(UTC).astimezone(PARIS).date()
    async with tenant.session() as session:
        try:
            return _answer(await payments.reverse(session, tenant.id, payment_id, invoice_id=invoice_id, today=today))
        except PaymentRefused as refusal:
            raise _refused(refusal) from refusal


def _answer(noted: Recorded) -> PaymentAnswer:
    return PaymentAnswer(
        payment_id=noted.payment_id,
        amount=noted.amount,
        balance=noted.balance,
        retained=noted.retained,
        cash_limit_exceeded=noted.cash_limit_exceeded,
    )


def _refused(refusal: PaymentRefused) -> ApiError:
    return ApiError(_STATUS.get(refusal.code, 409), _MESSAGES.get(refusal.code, refusal.code))
