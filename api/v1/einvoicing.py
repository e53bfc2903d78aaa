"""A company and the approved platform: whether it uses it, what became of its invoices there, what it has to report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict

from api.errors import ApiError, errors
from api.v1.access import TenantDep, allowed, costly
from api.v1.bodies import Flag
from services.documents import issued
from services.documents import service as documents
from services.einvoicing import service as einvoicing
from services.einvoicing.ereporting import Report, report
from services.einvoicing.lifecycle import LABELS
from services.einvoicing.preferences import Preferences, Reporting, change, read
from services.einvoicing.service import PlatformStatus

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/einvoicing",
    tags=["e-invoicing"],
    dependencies=[allowed("einvoicing:read")],
    responses=errors(404),
)


class PreferencesChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": True}]})

    enabled: Flag | None = None
    reporting: Reporting | None = None


class PreferencesAnswer(Preferences):
    """``installation`` says where invoices go when the company has it on: off, simulator or platform."""

    installation: Literal["off", "simulator", "platform"]


class StatusAnswer(BaseModel):
    """One lifecycle status. ``direction``: in = told by the platform, out = told by us (212)."""

    code: int
    label: str | None
    direction: str
    reason_code: str | None
    reason: str | None
    occurred_at: datetime
    details: dict[str, Any]


class InvoiceOnPlatform(BaseModel):
    """Where an invoice stands, and how it came there, first to last. ``now`` is null when it never went."""

    now: PlatformStatus | None
    history: list[StatusAnswer]


@router.get("")
async def read_preferences(tenant: TenantDep, request: Request) -> PreferencesAnswer:
    """Whether invoices of this company go to the platform, and how often it reports."""
    async with tenant.session() as session:
        return _answer(await read(session, tenant.id), request)


@router.patch("", dependencies=[allowed("einvoicing:write")])
async def change_preferences(tenant: TenantDep, request: Request, wanted: PreferencesChange) -> PreferencesAnswer:
    """Switches e-invoicing on or off for the invoices to come, or changes how often the company reports."""
    async with tenant.session() as session:
        changed = await change(session, tenant.id, enabled=wanted.enabled, reporting=wanted.reporting)
        return _answer(changed, request)


@router.get("/invoices/{invoice_id}")
async def read_invoice(tenant: TenantDep, invoice_id: UUID) -> InvoiceOnPlatform:
    """The status history of an invoice."""
    async with tenant.session() as session:
        try:
            await issued.row_of(session, tenant.id, "invoice", invoice_id)
        except documents.NotFound as error:
            raise ApiError(404, "There is no such invoice.") from error
        now = await einvoicing.platform_status(session, tenant.id, invoice_id)
        entries = await einvoicing.history(session, tenant.id, invoice_id)
    history = [
        StatusAnswer(
            code=entry.code,
            label=LABELS.get(entry.code),
            direction=entry.direction,
            reason_code=entry.reason_code,
            reason=entry.reason,
            occurred_at=entry.occurred_at,
            details=entry.details,
        )
        for entry in entries
    ]
    return InvoiceOnPlatform(now=now, history=history)


@router.post(
    "/invoices/{invoice_id}/deposit",
    dependencies=[allowed("einvoicing:write"), costly],
    status_code=202,
    responses=errors(409),
)
async def give_invoice_again(tenant: TenantDep, invoice_id: UUID) -> InvoiceOnPlatform:
    """Gives an invoice to the platform once more after it was given up. 409 when the platform has it."""
    async with tenant.session() as session:
        try:
            await einvoicing.give_again(session, tenant.id, invoice_id)
        except einvoicing.NotHeldUp as error:
            raise ApiError(409, "The invoice is not held up.") from error
    return await read_invoice(tenant, invoice_id)


@router.get("/reports/{month}")
async def read_report(tenant: TenantDep, month: Annotated[str, Path(pattern=r"^\d{4}-\d{2}$")]) -> Report:
    """Sales and payments to report for the periods of a month (2026-11); amounts are decimal strings in EUR."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise ApiError(422, "There is no such month.") from error
    async with tenant.session() as session:
        return await report(session, tenant.id, first)


def _answer(preferences: Preferences, request: Request) -> PreferencesAnswer:
    return PreferencesAnswer(**preferences.model_dump(), installation=request.app.state.settings.einvoicing)
