"""Companies as accounts: what an admin of the installation sees of all of them, and a member of his own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import PrincipalDep, TenantDep, allowed
from api.v1.bodies import Body, Name
from api.v1.concurrency import IfMatchDep, tag
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.accounts import get_organization
from db.repositories.members import ORGANIZATIONS_BY
from services.identity import organizations
from services.identity.organizations import OrganizationStatus, Plan
from services.identity.registration import Taken

router = APIRouter(
    prefix="/api/v1/organizations",
    tags=["organizations"],
    responses=errors(404, 409),
)
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, examples=["kb-plomberie"])]
_NEW: dict[str, Any] = {"company": {"summary": "Company", "value": {"name": "KB Plomberie", "plan": "STARTER"}}}
_CHANGE: dict[str, Any] = {
    "name": {"summary": "By a member", "value": {"name": "KB Plomberie & Fils"}},
    "suspend": {"summary": "By an admin of the installation", "value": {"status": "suspended"}},
}


class OrganizationAnswer(BaseModel):
    """An account. Its legal identity and documents' settings are its profile (``/profile``)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    slug: str
    status: OrganizationStatus
    plan: Plan
    siret: str | None
    created_at: datetime
    updated_at: datetime


class NewOrganization(Body):
    """``slug`` is made of the name when it is not given."""

    name: Name
    slug: Slug | None = None
    plan: Plan = "FREE"


class OrganizationChange(Body):
    """What is given is written; ``plan`` and ``status`` by admins of the installation alone."""

    name: Name | None = None
    slug: Slug | None = None
    plan: Plan | None = None
    status: Literal["pending", "active", "suspended"] | None = None


@router.get("", dependencies=[allowed("organization:read")])
async def list_organizations(
    request: Request,
    principal: PrincipalDep,
    wanted: Annotated[Wanted, paging(ORGANIZATIONS_BY)],
    name: Annotated[str | None, Query(max_length=200, description="Part of the name.")] = None,
    status: OrganizationStatus | None = None,
    plan: Plan | None = None,
) -> Page[OrganizationAnswer]:
    """Accounts by name: all of them for an admin of the installation, one's own for anybody else."""
    async with request.app.state.database.system() as session:
        found = await organizations.page(session, principal, wanted, name=name, status=status, plan=plan)
        return page_of(found, OrganizationAnswer.model_validate)


@router.post("", status_code=201, dependencies=[allowed("platform:manage"), idempotent])
async def create_organization(
    request: Request,
    response: Response,
    principal: PrincipalDep,
    body: Annotated[NewOrganization, Example(openapi_examples=_NEW)],
) -> OrganizationAnswer:
    """A pending account without members; invite its owner next."""
    async with request.app.state.database.system() as session:
        try:
            made = await organizations.create(session, principal, body.name, body.slug, body.plan)
        except Taken as error:
            raise _taken(error) from error
        await session.refresh(made)
        await tag(response, session, made)
        return OrganizationAnswer.model_validate(made)


@router.get("/{organization_id}", dependencies=[allowed("organization:read")])
async def read_organization(tenant: TenantDep, response: Response) -> OrganizationAnswer:
    """One account."""
    async with tenant.session() as session:
        found = await get_organization(session, tenant.id)
        await tag(response, session, found)
        return OrganizationAnswer.model_validate(found)


@router.patch("/{organization_id}", dependencies=[allowed("organization:write")])
async def change_organization(
    tenant: TenantDep,
    response: Response,
    if_match: IfMatchDep,
    principal: PrincipalDep,
    body: Annotated[OrganizationChange, Example(openapi_examples=_CHANGE)],
) -> OrganizationAnswer:
    """Name and slug; an admin of the installation also sets plan and status (R006)."""
    values = body.model_dump(exclude_unset=True)
    if empty := sorted(name for name, value in values.items() if value is None):
        raise ApiError(422, "Nothing was changed.", [ErrorDetail(field=empty[0], message="cannot be empty")])
    async with tenant.session() as session:
        await if_match.check(session, await get_organization(session, tenant.id))
        try:
            changed = await organizations.change(session, principal, tenant.id, values)
        except organizations.PlatformOnly as error:
            raise ApiError(403, "Plan and status are not yours to change.") from error
        except Taken as error:
            raise _taken(error) from error
        await tag(response, session, changed)
        return OrganizationAnswer.model_validate(changed)


@router.delete(
    "/{organization_id}", status_code=204, response_class=Response, dependencies=[allowed("platform:manage")]
)
async def close_organization(tenant: TenantDep, if_match: IfMatchDep, principal: PrincipalDep) -> None:
    """Ends an account: nobody signs in or gives orders, no key opens. Issued documents are kept as the law wants (C27)."""
    async with tenant.session() as session:
        await if_match.check(session, await get_organization(session, tenant.id))
        await organizations.close(session, principal, tenant.id, datetime.now(UTC))


def _taken(error: Taken) -> ApiError:
    return ApiError(409, "Nothing was changed.", [ErrorDetail(field=error.field, message="another one has it")])
