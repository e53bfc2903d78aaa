"""Who read a company's personal data: for its owner and admins, and for the admins of the installation (R251)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.errors import errors
from api.v1.access import TenantDep, allowed
from api.v1.bodies import Moment
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories import privacy_access as repository

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/access-log",
    tags=["privacy"],
    dependencies=[allowed("privacy:read")],
    responses=errors(401, 403, 404, 422),
)


class AccessAnswer(BaseModel):
    """One reading. It is written before the answer, so one that found nothing or was refused further on is here too."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e",
                "created_at": "2026-11-28T09:30:00Z",
                "reader_kind": "user",
                "reader_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8f",
                "permission": "clients:read",
                "method": "GET",
                "resource": "/api/v1/organizations/{organization_id}/clients/{client_id}",
                "ids": {"client_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d90"},
                "ip_address": "203.0.113.7",
                "request_id": "0193a1f25c7d4e1c9f0a5b6c7d8e9f00",
            }
        },
    )

    id: UUID
    created_at: datetime
    reader_kind: Literal["user", "key", "platform", "link"] = Field(
        description="A member, a program with a key, an admin of the installation, or whoever held a link to a file."
    )
    reader_id: UUID | None = Field(description="Of a link: who was given it; null when a job made it.")
    permission: str
    method: str
    resource: str = Field(description="The route that was called.")
    ids: dict[str, str] = Field(
        description="What stood in the place of the route's braces, the company apart; of a link the file."
    )
    ip_address: str | None
    request_id: str | None


@router.get("")
async def list_readings(
    tenant: TenantDep,
    wanted: Annotated[Wanted, paging(repository.SORTABLE)],
    reader_id: Annotated[UUID | None, Query(description="Only what this member, key or admin read.")] = None,
    about_id: Annotated[
        UUID | None, Query(description="Only readings of the thing with this id: a client, say.")
    ] = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Page[AccessAnswer]:
    """Readings of personal data, the newest first. Reading this list is one of them."""
    async with tenant.session() as session:
        found = await repository.page(
            session, tenant.id, wanted, reader_id=reader_id, about_id=about_id, since=since, until=until
        )
        return page_of(found, AccessAnswer.model_validate)
