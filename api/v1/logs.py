"""Activity log (R254) and system log (R253): of a company, and of the whole installation for its admins."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from api.errors import errors
from api.v1.access import TenantDep, admin, allowed
from api.v1.bodies import Moment
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.logs import SORTABLE, LogFilter
from services.operations import activity
from services.operations.activity import LogLine

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}",
    tags=["logs"],
    dependencies=[allowed("logs:read")],
    responses=errors(404),
)
system_router = APIRouter(prefix="/api/v1/system", tags=["logs"], dependencies=[admin])
_WORD = r"^[a-z_]+$"
_Type = Literal["info", "warning", "error", "audit"]


async def _wanted(
    action: Annotated[str | None, Query(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=80)] = None,
    resource: Annotated[str | None, Query(pattern=_WORD, max_length=40, description="user, key, invoice …")] = None,
    resource_id: UUID | None = None,
    user_id: Annotated[UUID | None, Query(description="The member who did it.")] = None,
    created_from: Moment | None = None,
    created_until: Annotated[Moment | None, Query(description="That moment excluded.")] = None,
) -> LogFilter:
    return LogFilter(("audit",), action, resource, resource_id, user_id, created_from, created_until)


ActivityDep = Annotated[LogFilter, Depends(_wanted)]


async def _wanted_of_all(
    type: Annotated[list[_Type] | None, Query(max_length=4, description="May be given several times.")] = None,
    event: Annotated[str | None, Query(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=80)] = None,
    resource: Annotated[str | None, Query(pattern=_WORD, max_length=40)] = None,
    created_from: Moment | None = None,
    created_until: Annotated[Moment | None, Query(description="That moment excluded.")] = None,
) -> LogFilter:
    return LogFilter(type, event, resource, created_from=created_from, created_until=created_until)


LogDep = Annotated[LogFilter, Depends(_wanted_of_all)]
PlaceDep = Annotated[Wanted, paging(SORTABLE)]


@router.get("/activity")
async def list_activity(tenant: TenantDep, wanted: ActivityDep, place: PlaceDep) -> Page[LogLine]:
    """Who did what in the company, to which thing, from where; newest first."""
    async with tenant.session() as session:
        return page_of(await activity.page(session, tenant.id, wanted, place, to_company=True), lambda line: line)


@router.get("/logs")
async def list_log(tenant: TenantDep, wanted: LogDep, place: PlaceDep) -> Page[LogLine]:
    """What happened in the company, failures and the house's own work among it; newest first."""
    async with tenant.session() as session:
        return page_of(await activity.page(session, tenant.id, wanted, place, to_company=True), lambda line: line)


@system_router.get("/activity")
async def list_all_activity(
    request: Request, wanted: ActivityDep, place: PlaceDep, organization_id: UUID | None = None
) -> Page[LogLine]:
    """Who did what in the installation, its own admins among them; of one company when named."""
    return await _of_all(request, organization_id, wanted, place)


@system_router.get("/logs")
async def list_all_logs(
    request: Request, wanted: LogDep, place: PlaceDep, organization_id: UUID | None = None
) -> Page[LogLine]:
    """What happened in the installation; of one company when named."""
    return await _of_all(request, organization_id, wanted, place)


async def _of_all(request: Request, organization_id: UUID | None, wanted: LogFilter, place: Wanted) -> Page[LogLine]:
    async with request.app.state.database.system() as session:
        return page_of(
            await activity.page(session, organization_id, wanted, place, to_company=False), lambda line: line
        )
