"""Companies as accounts: opened by an admin of the installation or by registering, active, suspended, erased (R006, R009)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.models.base import new_id
from db.paging import Rows, Wanted
from db.repositories import members
from db.repositories.accounts import get_organization
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.identity.registration import Taken, free_slug

Plan = Literal["FREE", "STARTER", "PROFESSIONAL", "ENTERPRISE"]
OrganizationStatus = Literal["pending", "active", "suspended", "erased"]
PLATFORMS_OWN = frozenset({"status", "plan"})
"""What only an admin of the installation changes by hand; else payment does."""


class PlatformOnly(Exception):
    """A company does not change its own status or plan."""


async def page(
    session: AsyncSession, by: Principal, wanted: Wanted, *, name: str | None, status: str | None, plan: str | None
) -> Rows[Organization]:
    """The companies that somebody may see: all for an admin of the installation, his own for anybody else."""
    return await members.organizations(session, by.organization_id, wanted, name=name, status=status, plan=plan)


async def create(session: AsyncSession, by: Principal, name: str, slug: str | None, plan: Plan) -> Organization:
    """A pending company without members. Raises ``Taken`` for a slug that another one has."""
    organization = Organization(
        id=new_id(), name=name, slug=slug or await free_slug(session, name), plan=plan, status="pending"
    )
    session.add(organization)
    await _written(session)
    note_by(session, by, organization.id, "organization.created", name, organization.id)
    return organization


async def change(session: AsyncSession, by: Principal, organization_id: UUID, values: dict[str, Any]) -> Organization:
    """Writes name, slug, plan or status. Raises ``PlatformOnly`` and ``Taken``."""
    if by.kind != "platform" and PLATFORMS_OWN & values.keys():
        raise PlatformOnly
    organization = await get_organization(session, organization_id)
    for name, value in values.items():
        setattr(organization, name, value)
    if "status" in values:
        organization.status_by = "admin"
    await _written(session)
    text = ", ".join(f"{name}: {value}" for name, value in sorted(values.items()))
    note_by(session, by, organization_id, "organization.changed", text, organization_id)
    await session.flush()
    await session.refresh(organization)
    return organization


async def close(session: AsyncSession, by: Principal, organization_id: UUID, now: datetime) -> None:
    """The account ends: nobody signs in or gives orders by phone, no key opens. What the law keeps stays (C27)."""
    organization = await get_organization(session, organization_id)
    organization.status = "erased"
    await members.revoke_sessions(session, organization_id, None, "closed")
    await members.suspend_all(session, organization_id)
    await members.revoke_keys(session, organization_id, now)
    note_by(session, by, organization_id, "organization.closed", organization.name, organization_id)


async def _written(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_organizations_slug" in str(error.orig):
            raise Taken("slug") from error
        raise
