"""Exports: everything about a company, one of its clients or one of its members, as ZIP files (R248)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi import Body as Example
from pydantic import BaseModel, Field, model_validator

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import PrincipalDep, TenantDep, allowed, costly
from api.v1.bodies import Body
from api.v1.idempotency import idempotent
from api.v1.paging import Page, paging
from db.models import DataExport
from db.paging import Wanted
from db.repositories import privacy_exports as repository
from services.privacy import exports
from services.storage.service import storage

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/exports",
    tags=["privacy"],
    dependencies=[allowed("privacy:read")],
    responses=errors(401, 403, 404, 422),
)
_WANTED: dict[str, Any] = {
    "company": {"summary": "Everything", "value": {"scope": "tenant"}},
    "client": {
        "summary": "One client of the company",
        "value": {"scope": "client", "subject_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e"},
    },
}


class ExportWanted(Body):
    """``subject_id`` is the client or the member; none for the whole company."""

    scope: Literal["tenant", "client", "member"]
    subject_id: UUID | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> ExportWanted:
        if (self.scope == "tenant") != (self.subject_id is None):
            raise ValueError("subject_id names the client or the member, and nobody for the whole company")
        return self


class LinkAnswer(BaseModel):
    """Opens one part without a sign-in, until ``expires_at``: whoever has it can read it."""

    url: str
    expires_at: datetime
    bytes: int
    sha256: str


class ExportAnswer(BaseModel):
    """An export. ``rows_done`` of ``rows_total`` are written; once it is done, ``links`` open its parts."""

    id: UUID
    scope: Literal["tenant", "client", "member"]
    subject_id: UUID | None
    status: Literal["queued", "running", "done", "failed", "expired"]
    rows_done: int
    rows_total: int
    counts: dict[str, int] = Field(description="Rows by kind.")
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When its files go.")
    links: list[LinkAnswer]


@router.post("", status_code=202, dependencies=[allowed("privacy:write"), costly, idempotent], responses=errors(409))
async def ask_for_export(
    request: Request,
    tenant: TenantDep,
    principal: PrincipalDep,
    body: Annotated[ExportWanted, Example(openapi_examples=_WANTED)],
) -> ExportAnswer:
    """Asks for an export; read it again until it is done. One at a time (409)."""
    async with tenant.session() as session:
        try:
            asked = await exports.ask(session, principal, tenant.id, body.scope, body.subject_id)
        except exports.SubjectUnknown as error:
            detail = ErrorDetail(field="subject_id", message=f"is no {body.scope} of the company")
            raise ApiError(422, "Nothing was asked for.", [detail]) from error
        except exports.UnderWay as error:
            raise ApiError(409, "An export of the company is being made: wait for it.") from error
        return await _answer(request, asked)


@router.get("")
async def list_exports(
    request: Request, tenant: TenantDep, wanted: Annotated[Wanted, paging(repository.SORTABLE)]
) -> Page[ExportAnswer]:
    """Exports, the newest first."""
    async with tenant.session() as session:
        found = await repository.page(session, tenant.id, wanted)
    return Page(data=[await _answer(request, each) for each in found.rows], next=found.next)


@router.get("/{export_id}")
async def read_export(
    request: Request, tenant: TenantDep, export_id: Annotated[UUID, Path(description="The export.")]
) -> ExportAnswer:
    """How far an export is; once it is done, links that open its parts for 24 hours."""
    async with tenant.session() as session:
        found = await repository.get(session, tenant.id, export_id)
    if found is None:
        raise ApiError(404, "There is no such export.")
    return await _answer(request, found)


async def _answer(request: Request, row: DataExport) -> ExportAnswer:
    now = datetime.now(UTC)
    base_url = request.app.state.settings.public_url or str(request.base_url)
    links = await exports.links(storage(), row, base_url, now)
    gone = row.status == "done" and row.expires_at is not None and row.expires_at <= now
    return ExportAnswer(
        id=row.id,
        scope=row.scope,
        subject_id=row.subject_id,
        status="expired" if gone else row.status,
        rows_done=row.rows_done,
        rows_total=row.rows_total,
        counts=row.counts,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        links=[
            LinkAnswer(url=link.url, expires_at=link.expires_at, bytes=part["bytes"], sha256=part["sha256"])
            for link, part in zip(links, row.parts, strict=False)
        ],
    )
