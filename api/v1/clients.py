"""A company's clients."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import TenantDep, allowed
from api.v1.concurrency import IfMatchDep, tag
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.models import Client
from db.paging import Wanted
from db.repositories.clients import SORTABLE
from services.clients import service as clients
from services.clients.schemas import ClientFields, InvalidClientFact
from services.documents.schemas import Buyer

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/clients",
    tags=["clients"],
    dependencies=[allowed("clients:read")],
    responses=errors(404),
)
_WRITE = allowed("clients:write")
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
    wanted: Annotated[Wanted, paging(SORTABLE)],
    name: Annotated[
        str | None, Query(max_length=200, description="Part of the name, case and accents do not matter.")
    ] = None,
) -> Page[Buyer]:
    """Clients as documents show them, newest first."""
    async with tenant.session() as session:
        return page_of(await clients.page(session, tenant.id, wanted, name=name), clients.buyer)


@router.post("", dependencies=[_WRITE, idempotent], status_code=201)
async def create_client(tenant: TenantDep, response: Response, fields: ClientBody) -> Buyer:
    """A new client; only ``name`` is required, what a document needs more is asked when it is issued."""
    async with tenant.session() as session:
        try:
            client = await clients.create(session, tenant.id, fields, created_by=None, via="admin")
        except InvalidClientFact as error:
            raise _invalid(error) from error
        await tag(response, session, client)
        return clients.buyer(client)


@router.get("/{client_id}")
async def read_client(tenant: TenantDep, response: Response, client_id: UUID) -> Buyer:
    """One client."""
    async with tenant.session() as session:
        client = await _found(session, tenant.id, client_id)
        await tag(response, session, client)
        return clients.buyer(client)


@router.patch("/{client_id}", dependencies=[_WRITE])
async def change_client(
    tenant: TenantDep, response: Response, if_match: IfMatchDep, client_id: UUID, fields: ClientBody
) -> Buyer:
    """Writes the facts that are given; null takes one away. Issued documents keep what they say."""
    async with tenant.session() as session:
        await if_match.check(session, await _found(session, tenant.id, client_id))
        try:
            client = await clients.update(session, tenant.id, client_id, fields)
        except InvalidClientFact as error:
            raise _invalid(error) from error
        await tag(response, session, client)
        return clients.buyer(client)


async def _found(session: AsyncSession, organization_id: UUID, client_id: UUID) -> Client:
    try:
        return await clients.get(session, organization_id, client_id)
    except clients.ClientUnknown as error:
        raise ApiError(404, "There is no such client.") from error


def _invalid(error: InvalidClientFact) -> ApiError:
    detail = ErrorDetail(field=error.field, message=f"cannot be right: {error.value}")
    return ApiError(422, "The client was not written.", [detail])
