"""A company's clients."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import Tenant, TenantDep, allowed
from api.v1.bodies import Flag
from api.v1.concurrency import IfMatch, IfMatchDep, tag
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.models import Client
from db.paging import Wanted
from db.repositories.clients import SORTABLE
from services.clients import service as clients
from services.clients.schemas import ClientFields, InvalidClientFact
from services.documents.schemas import Buyer, BuyerKind

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


class ClientAnswer(Buyer):
    """A client as documents show him, and how long he has been known."""

    created_at: datetime
    archived_at: datetime | None


class ClientChange(ClientFields):
    """What is given is written; null takes a fact away."""

    main_contractor: Flag | None = None
    small_business: Flag | None = None


ClientBody = Annotated[ClientChange, Body(openapi_examples=_EXAMPLES)]


@router.get("")
async def list_clients(
    tenant: TenantDep,
    wanted: Annotated[Wanted, paging(SORTABLE)],
    name: Annotated[
        str | None, Query(max_length=200, description="Part of the name, case and accents do not matter.")
    ] = None,
    search: Annotated[
        str | None, Query(max_length=200, description="Part of a name, town, e-mail, phone or SIRET, or an id.")
    ] = None,
    kind: BuyerKind | None = None,
    archived: Annotated[bool, Query(description="Those that were archived instead of those in use.")] = False,
) -> Page[ClientAnswer]:
    """Clients, newest first."""
    async with tenant.session() as session:
        found = await clients.page(session, tenant.id, wanted, name=name, search=search, kind=kind, archived=archived)
        return page_of(found, _answer)


@router.post("", dependencies=[_WRITE, idempotent], status_code=201)
async def create_client(tenant: TenantDep, response: Response, fields: ClientBody) -> ClientAnswer:
    """A new client; only ``name`` is required, what a document needs more is asked when it is issued."""
    async with tenant.session() as session:
        try:
            client = await clients.create(session, tenant.id, fields, created_by=None, via="admin")
        except InvalidClientFact as error:
            raise _invalid(error) from error
        await tag(response, session, client)
        return _answer(client)


@router.get("/{client_id}")
async def read_client(tenant: TenantDep, response: Response, client_id: UUID) -> ClientAnswer:
    """One client."""
    async with tenant.session() as session:
        client = await _found(session, tenant.id, client_id)
        await tag(response, session, client)
        return _answer(client)


@router.patch("/{client_id}", dependencies=[_WRITE])
async def change_client(
    tenant: TenantDep, response: Response, if_match: IfMatchDep, client_id: UUID, fields: ClientBody
) -> ClientAnswer:
    """Writes the facts that are given; null takes one away. Issued documents keep what they say."""
    async with tenant.session() as session:
        await if_match.check(session, await _found(session, tenant.id, client_id))
        try:
            client = await clients.update(session, tenant.id, client_id, fields)
        except InvalidClientFact as error:
            raise _invalid(error) from error
        await tag(response, session, client)
        return _answer(client)


@router.delete("/{client_id}", status_code=204, response_class=Response, dependencies=[_WRITE], responses=errors(409))
async def delete_client(tenant: TenantDep, if_match: IfMatchDep, client_id: UUID) -> None:
    """Deletes a client to whom nothing is made out. 409 for any other: his documents are kept, archive him."""
    async with tenant.session() as session:
        await if_match.check(session, await _found(session, tenant.id, client_id))
        try:
            await clients.remove(session, tenant.id, client_id)
        except clients.ClientInUse as error:
            raise ApiError(409, "Quotes or invoices are made out to this client: archive him.") from error


@router.put("/{client_id}/archive", dependencies=[_WRITE])
async def archive_client(tenant: TenantDep, response: Response, if_match: IfMatchDep, client_id: UUID) -> ClientAnswer:
    """Out of the lists, and not proposed in a chat any more. His documents keep what they say."""
    return await _archived(tenant, response, if_match, client_id, datetime.now(UTC))


@router.delete("/{client_id}/archive", dependencies=[_WRITE])
async def restore_client(tenant: TenantDep, response: Response, if_match: IfMatchDep, client_id: UUID) -> ClientAnswer:
    """Back into the lists."""
    return await _archived(tenant, response, if_match, client_id, None)


async def _archived(
    tenant: Tenant, response: Response, if_match: IfMatch, client_id: UUID, at: datetime | None
) -> ClientAnswer:
    async with tenant.session() as session:
        await if_match.check(session, await _found(session, tenant.id, client_id))
        client = await clients.archive(session, tenant.id, client_id, at)
        await tag(response, session, client)
        return _answer(client)


def _answer(client: Client) -> ClientAnswer:
    shown = dict(clients.buyer(client))
    return ClientAnswer(**shown, created_at=client.created_at, archived_at=client.archived_at)


async def _found(session: AsyncSession, organization_id: UUID, client_id: UUID) -> Client:
    try:
        return await clients.get(session, organization_id, client_id)
    except clients.ClientUnknown as error:
        raise ApiError(404, "There is no such client.") from error


def _invalid(error: InvalidClientFact) -> ApiError:
    detail = ErrorDetail(field=error.field, message=f"cannot be right: {error.value}")
    return ApiError(422, "The client was not written.", [detail])
