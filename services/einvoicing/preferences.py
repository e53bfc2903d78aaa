"""What an organization has decided about e-invoicing; everything is off until it says so."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.repositories import accounts
from db.repositories import einvoicing as repository
from db.settings import settings

KEY = "einvoicing"
"""Where the preferences stand in ``organizations.settings``."""
Reporting = Literal["decade", "monthly"]


class Preferences(BaseModel):
    """``reporting`` is how often a company under the standard VAT regime reports its sales: per ten days (monthly VAT
    returns) or per month (legal.md 70). Under the franchise it is every two months, whatever stands here."""

    model_config = ConfigDict(extra="ignore")

    enabled: bool = False
    reporting: Reporting = "monthly"


def preferences_of(organization: Organization) -> Preferences:
    """The preferences of an organization; the defaults where it has said nothing."""
    return Preferences.model_validate(organization.settings.get(KEY) or {})


async def read(session: AsyncSession, organization_id: UUID) -> Preferences:
    """The stored preferences of an organization."""
    return preferences_of(await accounts.get_organization(session, organization_id))


def has_it_on(organization: Organization) -> bool:
    """True when both the installation and the organization have switched e-invoicing on."""
    return settings().einvoicing != "off" and preferences_of(organization).enabled


async def is_on(session: AsyncSession, organization_id: UUID) -> bool:
    """The same of an organization that is not at hand; no query where the installation has it off."""
    if settings().einvoicing == "off":
        return False
    return has_it_on(await accounts.get_organization(session, organization_id))


async def change(
    session: AsyncSession, organization_id: UUID, *, enabled: bool | None = None, reporting: Reporting | None = None
) -> Preferences:
    """Changes what is given and returns all preferences."""
    current = await read(session, organization_id)
    given = {"enabled": enabled, "reporting": reporting}
    changed = current.model_copy(update={key: value for key, value in given.items() if value is not None})
    await repository.set_preferences(session, organization_id, KEY, changed.model_dump(mode="json"))
    if changed != current:
        accounts.add_log(session, organization_id, "einvoicing.changed", changed.model_dump_json(), type="audit")
    return changed
