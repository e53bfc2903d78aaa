"""Who is signed in, as he and his screen want to know it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import identity as repository
from services.identity.permissions import Role
from services.identity.principals import Principal


class OwnCompany(BaseModel):
    """The company of a member. ``status`` "pending": verified, not paid yet (R006)."""

    id: UUID
    name: str
    slug: str
    status: Literal["pending", "active", "suspended", "erased"]
    plan: str


class Profile(BaseModel):
    """A member, or an admin of the installation, whose ``organization`` is null."""

    id: UUID
    email: str | None
    first_name: str | None = None
    last_name: str | None = None
    role: Role
    preferred_language: Literal["fr", "tr"] | None = None
    whatsapp_phone: str | None = None
    phone_verified: bool = False
    second_factor: bool
    last_login_at: datetime | None
    organization: OwnCompany | None = None
    permissions: list[str] = Field(description="What he may do, as named in the table of permissions.")


async def profile_of(session: AsyncSession, principal: Principal) -> Profile:
    """The profile of whoever is signed in; in a system session."""
    rights = sorted(principal.permissions)
    if principal.kind == "platform":
        admin = await repository.platform_credentials(session, principal.id)
        assert admin is not None
        return Profile(
            id=admin.id,
            email=admin.email,
            first_name=admin.name,
            role="PLATFORM",
            second_factor=admin.totp_confirmed_at is not None,
            last_login_at=admin.last_login_at,
            permissions=rights,
        )
    user, organization = await repository.user_of(session, principal.id)
    credentials = await repository.user_credentials(session, principal.id)
    return Profile.model_validate(
        {
            "id": user.id,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "role": user.role,
            "preferred_language": user.preferred_language,
            "whatsapp_phone": user.whatsapp_phone,
            "phone_verified": user.phone_verified_at is not None,
            "second_factor": bool(credentials and credentials.totp_confirmed_at),
            "last_login_at": credentials.last_login_at if credentials else None,
            "organization": {name: getattr(organization, name) for name in OwnCompany.model_fields},
            "permissions": rights,
        }
    )
