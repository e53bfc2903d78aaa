"""Erasing: the plan, a company after a time to think, a client or a member at once, and the certificate (R249, C27)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi import Body as Example
from pydantic import BaseModel, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import CallerDep, PrincipalDep, TenantDep, allowed, costly
from api.v1.bodies import Body, GivenPassword
from api.v1.paging import Page, page_of, paging
from api.v1.sign_in import confirm_password
from db.models import Erasure
from db.paging import Wanted
from db.repositories import erasures
from db.repositories.accounts import get_organization
from services.privacy import erasing

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/erasure",
    tags=["privacy"],
    dependencies=[allowed("privacy:read")],
    responses=errors(401, 403, 404, 422),
)
Scope = Literal["tenant", "client", "member"]
ErasurePath = Annotated[UUID, Path(description="The erasure.")]
_COMPANY: dict[str, Any] = {
    "company": {"summary": "Typed again", "value": {"slug": "kb-plomberie", "password": "correct horse battery"}}
}
_PERSON: dict[str, Any] = {
    "client": {
        "summary": "A client",
        "value": {"scope": "client", "subject_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e"},
    }
}


class CompanyErasure(Body):
    """The company's short name and one's own password, typed again: what is erased does not come back."""

    slug: str = Field(max_length=100)
    password: GivenPassword


class PersonErasure(Body):
    """Whom: look at the plan first (``GET …/erasure/plan``)."""

    scope: Literal["client", "member"]
    subject_id: UUID


class KeptAnswer(BaseModel):
    """What stays, why, and until when."""

    what: str
    count: int
    reason: str
    until: str | None


class PlanAnswer(BaseModel):
    """What goes, what stays but says less, what stays and why; ``text`` says it in French for a person."""

    scope: Scope
    at: datetime
    deleted: dict[str, int]
    reduced: dict[str, int]
    kept: list[KeptAnswer]
    hold_until: str | None
    text: str


class ErasureAnswer(BaseModel):
    """An erasure. Until ``due_at`` it can be taken back; ``certificate`` is there once it is done."""

    id: UUID
    scope: Scope
    subject_id: UUID | None
    status: Literal["scheduled", "running", "done", "cancelled", "failed"]
    due_at: datetime
    created_at: datetime
    finished_at: datetime | None
    certificate: PlanAnswer | None


@router.get("/plan", dependencies=[costly])
async def read_plan(
    request: Request,
    tenant: TenantDep,
    scope: Scope = "tenant",
    subject_id: Annotated[UUID | None, Query(description="The client or the member.")] = None,
) -> PlanAnswer:
    """What an erasure would delete and what would be kept with its legal reason. Nothing is changed."""
    _check(scope, subject_id)
    async with tenant.session() as session:
        await get_organization(session, tenant.id)
    async with request.app.state.database.system() as session:  # tables of sign-ins are closed to the company
        try:
            found = await erasing.plan(session, tenant.id, scope, subject_id, datetime.now(UTC))
        except erasing.SubjectUnknown as error:
            raise _unknown(scope) from error
    return PlanAnswer.model_validate(found)


@router.post("", status_code=202, dependencies=[allowed("privacy:erase"), costly], responses=errors(409))
async def erase_company(
    request: Request,
    tenant: TenantDep,
    principal: PrincipalDep,
    caller: CallerDep,
    body: Annotated[CompanyErasure, Example(openapi_examples=_COMPANY)],
) -> ErasureAnswer:
    """Erases the company after a time to think; until then it works on, and this can be taken back."""
    async with tenant.session() as session:
        slug = (await get_organization(session, tenant.id)).slug
    if body.slug != slug:
        raise ApiError(422, "Nothing was set up.", [ErrorDetail(field="slug", message="is not the company's")])
    await confirm_password(request, principal, caller, body.password)
    wait = timedelta(days=request.app.state.settings.erasure_cooling_days)
    return await _ask(tenant, principal, "tenant", None, datetime.now(UTC) + wait)


@router.post("/persons", status_code=202, dependencies=[allowed("privacy:write"), costly], responses=errors(409))
async def erase_person(
    tenant: TenantDep, principal: PrincipalDep, body: Annotated[PersonErasure, Example(openapi_examples=_PERSON)]
) -> ErasureAnswer:
    """Erases a client or a member at once, as the plan says. The owner goes with his company only (409)."""
    return await _ask(tenant, principal, body.scope, body.subject_id, datetime.now(UTC))


@router.get("")
async def list_erasures(tenant: TenantDep, wanted: Annotated[Wanted, paging(erasures.SORTABLE)]) -> Page[ErasureAnswer]:
    """Erasures of the company and of people in it, the newest first."""
    async with tenant.session() as session:
        return page_of(await erasures.page(session, tenant.id, wanted), _answer)


@router.get("/{erasure_id:uuid}")
async def read_erasure(tenant: TenantDep, erasure_id: ErasurePath) -> ErasureAnswer:
    """One erasure, with its certificate once it is done."""
    async with tenant.session() as session:
        found = await erasures.get(session, tenant.id, erasure_id)
    if found is None:
        raise ApiError(404, "There is no such erasure.")
    return _answer(found)


@router.delete("/{erasure_id:uuid}", dependencies=[allowed("privacy:erase")], responses=errors(409))
async def cancel_erasure(tenant: TenantDep, principal: PrincipalDep, erasure_id: ErasurePath) -> ErasureAnswer:
    """Takes an erasure back as long as it waits (409 afterwards)."""
    async with tenant.session() as session:
        found = await erasures.get(session, tenant.id, erasure_id, lock=True)
        if found is None:
            raise ApiError(404, "There is no such erasure.")
        try:
            await erasing.cancel(session, principal, found)
        except erasing.TooLate as error:
            raise ApiError(409, "It does not wait any more.") from error
        return _answer(found)


async def _ask(
    tenant: TenantDep, principal: PrincipalDep, scope: Scope, subject_id: UUID | None, due_at: datetime
) -> ErasureAnswer:
    async with tenant.session() as session:
        try:
            return _answer(await erasing.ask(session, principal, tenant.id, scope, subject_id, due_at))
        except erasing.SubjectUnknown as error:
            raise _unknown(scope) from error
        except erasing.OwnerStays as error:
            raise ApiError(409, "The owner goes with his company: erase the company.") from error
        except erasing.Waiting as error:
            raise ApiError(409, "This erasure waits already.") from error


def _check(scope: Scope, subject_id: UUID | None) -> None:
    if (scope == "tenant") != (subject_id is None):
        message = "names the client or the member, and nobody for the whole company"
        raise ApiError(422, "The request is not valid.", [ErrorDetail(field="subject_id", message=message)])


def _unknown(scope: Scope) -> ApiError:
    detail = ErrorDetail(field="subject_id", message=f"is no {scope} of the company")
    return ApiError(422, "Nothing was set up.", [detail])


def _answer(row: Erasure) -> ErasureAnswer:
    done = row.status == "done"
    return ErasureAnswer(
        id=row.id,
        scope=row.scope,
        subject_id=row.subject_id,
        status=row.status,
        due_at=row.due_at,
        created_at=row.created_at,
        finished_at=row.finished_at,
        certificate=PlanAnswer.model_validate(row.certificate) if done else None,
    )
