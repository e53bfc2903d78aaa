"""Keys with which a company's own programs call this API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import PrincipalDep, TenantDep, allowed
from api.v1.bodies import Body, Moment, Name
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.members import KEYS_BY
from services.identity import api_keys

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/api-keys",
    tags=["API keys"],
    dependencies=[allowed("keys:read")],
    responses=errors(404),
)
_WRITE = [allowed("keys:write")]
_NEW: dict[str, Any] = {
    "accounting": {
        "summary": "Accounting software",
        "value": {
            "name": "Pennylane",
            "scopes": ["documents:read", "clients:read"],
            "expires_at": "2027-12-31T23:59:59+01:00",
        },
    }
}


class KeyAnswer(BaseModel):
    """A key by what may be shown of it: ``usta_<prefix>_…``."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    created_by: UUID | None
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None


class NewKey(Body):
    """``scopes`` are permissions of the table marked for keys, of those that one has oneself."""

    name: Name
    scopes: set[str] = Field(min_length=1, max_length=50)
    expires_at: Moment | None = None


class KeyMade(BaseModel):
    """``key`` goes into ``Authorization: Bearer``. It is not shown again."""

    key: str
    details: KeyAnswer


@router.get("")
async def list_keys(
    tenant: TenantDep,
    wanted: Annotated[Wanted, paging(KEYS_BY)],
    revoked: Annotated[bool | None, Query(description="Only those revoked, or those not; both when left out.")] = None,
) -> Page[KeyAnswer]:
    """Every key, the newest first, revoked ones too."""
    async with tenant.session() as session:
        return page_of(await api_keys.page(session, tenant.id, wanted, revoked=revoked), KeyAnswer.model_validate)


@router.post("", status_code=201, dependencies=[*_WRITE, idempotent])
async def create_key(
    tenant: TenantDep, principal: PrincipalDep, body: Annotated[NewKey, Example(openapi_examples=_NEW)]
) -> KeyMade:
    """A new key. 422 for a scope that no key may have, or that its maker has not."""
    now = datetime.now(UTC)
    if body.expires_at and body.expires_at <= now:
        raise ApiError(422, "The key was not made.", [ErrorDetail(field="expires_at", message="lies in the past")])
    async with tenant.session() as session:
        try:
            row, key = await api_keys.create(
                session, principal, tenant.id, name=body.name, scopes=body.scopes, expires_at=body.expires_at, now=now
            )
        except api_keys.ScopeRefused as error:
            detail = ErrorDetail(field="scopes", message=f"not possible: {', '.join(error.scopes)}")
            raise ApiError(422, "The key was not made.", [detail]) from error
        return KeyMade(key=key, details=KeyAnswer.model_validate(row))


@router.delete("/{key_id}", status_code=204, response_class=Response, dependencies=_WRITE)
async def revoke_key(tenant: TenantDep, principal: PrincipalDep, key_id: UUID) -> None:
    """The key opens nothing from now on."""
    async with tenant.session() as session:
        try:
            await api_keys.revoke(session, principal, tenant.id, key_id, datetime.now(UTC))
        except api_keys.KeyUnknown as error:
            raise ApiError(404, "There is no such key.") from error
