"""A company's profile, logo and insurance attestation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import TenantDep, allowed
from api.v1.concurrency import IfMatchDep, tag
from db.repositories.accounts import get_organization
from services.accounts import files, profile
from services.accounts.files import CompanyFile, InvalidFile
from services.accounts.schemas import CompanyFacts, InvalidCompanyFact
from services.documents.completeness import Missing

PARIS = ZoneInfo("Europe/Paris")
router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/profile",
    tags=["company"],
    dependencies=[allowed("profile:read")],
    responses=errors(404),
)
_EXAMPLES: dict[str, Any] = {
    "insurance": {
        "summary": "Décennale",
        "value": {
            "insurer_name": "MAAF",
            "insurer_address": "Chaban, 79180 Chauray",
            "insurance_policy": "12345",
            "insurance_area": "France métropolitaine",
            "insurance_until": "2027-12-31",
        },
    },
    "identity": {
        "summary": "SARL",
        "value": {
            "legal_form": "SARL",
            "capital": "5000",
            "rcs_city": "Lyon",
            "siret": "73282932000074",
            "address": "12 rue des Forges, 69100 Villeurbanne",
        },
    },
    "clearing": {"summary": "Taking a fact away", "value": {"rge": None}},
}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/png", "image/jpeg", "application/pdf")
        },
    }
}


class ProfileAnswer(BaseModel):
    """The company as it stands. ``missing`` is what its documents still lack; a ``blocking`` lack stops every issue."""

    company: CompanyFacts
    logo: bool
    attestation: bool
    missing: list[Missing]
    changed: list[str] = Field(default_factory=list, description="Facts that this request changed.")


@router.get("", response_model_exclude={"company": {"address"}})
async def read_profile(tenant: TenantDep, response: Response) -> ProfileAnswer:
    """The profile; amounts and rates are decimal strings, rates in percent, terms in days."""
    async with tenant.session() as session:
        await tag(response, session, await get_organization(session, tenant.id))
        return await _answer(session, tenant, [])


@router.patch("", dependencies=[allowed("profile:write")], response_model_exclude={"company": {"address"}})
async def change_profile(
    tenant: TenantDep,
    response: Response,
    if_match: IfMatchDep,
    facts: Annotated[CompanyFacts, Body(openapi_examples=_EXAMPLES)],
) -> ProfileAnswer:
    """Writes the facts that are given; null takes one away. Nothing is written when one of them cannot be right."""
    async with tenant.session() as session:
        organization = await get_organization(session, tenant.id)
        await if_match.check(session, organization)
        try:
            changed = await profile.update(session, tenant.id, facts)
        except InvalidCompanyFact as error:
            detail = ErrorDetail(field=error.field, message=f"cannot be right: {error.value}")
            raise ApiError(422, "The profile was not changed.", [detail]) from error
        await tag(response, session, organization)
        return await _answer(session, tenant, changed)


@router.put("/{file}", dependencies=[allowed("profile:write")], openapi_extra=_UPLOAD)
async def put_file(tenant: TenantDep, file: CompanyFile, request: Request) -> ProfileAnswer:
    """Stores the logo (PNG, JPEG, GIF, WebP; 2 MB) or the attestation (PDF or image; 10 MB): the body is the file."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > files.MOST_BYTES[file]:
            raise ApiError(413, f"The file is larger than {files.MOST_BYTES[file]} bytes.")
    async with tenant.session() as session:
        try:
            await files.store(session, tenant.id, file, bytes(content))
        except InvalidFile as error:
            raise ApiError(422, "The file cannot be read as an image or, for the attestation, a PDF.") from error
        return await _answer(session, tenant, [file])


@router.delete("/{file}", dependencies=[allowed("profile:write")], status_code=204, response_class=Response)
async def delete_file(tenant: TenantDep, file: CompanyFile) -> None:
    """Documents issued from now on go without it; those issued before keep it."""
    async with tenant.session() as session:
        await files.remove(session, tenant.id, file)


async def _answer(session: AsyncSession, tenant: TenantDep, changed: list[str]) -> ProfileAnswer:
    now = await profile.read(session, tenant.id, today=datetime.now(UTC).astimezone(PARIS).date())
    return ProfileAnswer(
        company=now.facts, logo=now.logo, attestation=now.attestation, missing=now.missing, changed=changed
    )
