"""A company's clients."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query

from api.errors import ApiError, ErrorBody, ErrorDetail
from api.v1.access import TenantDep, allowed
from services.clients import service as clients
from services.clients.schemas import ClientFields, InvalidClientFact
from services.documents.schemas import Buyer

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/clients",
    tags=["clients"],
    dependencies=[allowed("clients:read")],
    responses={
        401: {"model": ErrorBody},
        403: {"model": ErrorBody},
        404: {"model": ErrorBody},
        422: {"model": ErrorBody},
    },
)
_EXAMPLES: dict[str, Any] = {
    "consumer": {
        "summary": "Particulier",
        "value": {"name": "Lefebvre", "title": "Mme", "address": "8 cours Émile-Zola, 69100 Villeurbanne"},
    },
    "business": {
        "summary": "Entreprise générale",
        "value": {
            "name": "Bâti Sud",
            "kind": "business",
            "siret": "53987412300026",
            "main_contractor": True,
            "address": "3 rue Pasteur, 69003 Lyon",
            "billing_address": "BP 12, 69371 Lyon Cedex 08",
        },
    },
}
ClientBody = Annotated[ClientFields, Body(openapi_examples=_EXAMPLES)]


@router.get("")
async def list_clients(
    tenant: TenantDep,
    name: Annotated[str | None, Query(description="Part of the name, case and accents do not matter.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[Buyer]:
    """Clients as documents show them, newest first."""
    async with tenant.session() as session:
        found = await clients.page(session, tenant.id, name=name, limit=limit, offset=offset)
        return [clients.buyer(client) for client in found]


@router.post("", dependencies=[allowed("clients:write")], status_code=201)
async def create_client(tenant: TenantDep, fields: ClientBody) -> Buyer:
    """A new client; only ``name`` is required, what a document needs more is asked when it is issued."""
    async with tenant.session() as session:
        try:
            client = await clients.create(session, tenant.id, fields, created_by=None, via="admin")
        except InvalidClientFact as error:
            raise _invalid(error) from error
        await session.flush()
        return clients.buyer(client)


@router.get("/{client_id}")
async def read_client(tenant: TenantDep, client_id: UUID) -> Buyer:
    """One client."""
    async with tenant.session() as session:
        try:
            return clients.buyer(await clients.get(session, tenant.id, client_id))
        except clients.ClientUnknown as error:
            raise ApiError(404, "There is no such client.") from error


@router.patch("/{client_id}", dependencies=[allowed("clients:write")])
async def change_client(tenant: TenantDep, client_id: UUID, fields: ClientBody) -> Buyer:
    """Writes the facts that are given; null takes one away. Issued documents keep what they say."""
    async with tenant.session() as session:
        try:
            client = await clients.update(session, tenant.id, client_id, fields)
        except clients.ClientUnknown as error:
            raise ApiError(404, "There is no such client.") from error
        except InvalidClientFact as error:
            raise _invalid(error) from error
        return clients.buyer(client)


def _invalid(error: InvalidClientFact) -> ApiError:
    detail = ErrorDetail(field=error.field, message=f"cannot be right: {error.value}")
    return ApiError(422, "The client was not written.", [detail])
