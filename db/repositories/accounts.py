"""Queries about organizations, users and the system log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization, SystemLog, User


async def get_organization(session: AsyncSession, organization_id: UUID) -> Organization:
    """The organization; raises ``NoResultFound`` when it is not visible to the session."""
    return (await session.scalars(select(Organization).where(Organization.id == organization_id))).one()


async def find_organization(session: AsyncSession, name: str) -> Organization | None:
    """The organization with this id, slug or SIRET; None when there is none."""
    key = name.strip()
    query = select(Organization).where(
        or_(Organization.slug == key, Organization.siret == key, cast(Organization.id, String) == key)
    )
    return (await session.scalars(query)).one_or_none()


async def user_by_phone(session: AsyncSession, phone: str) -> User | None:
    """The user whose command phone is ``phone`` (E.164), across tenants: for routing only."""
    return (await session.scalars(select(User).where(User.whatsapp_phone == phone))).one_or_none()


def add_log(
    session: AsyncSession,
    organization_id: UUID | None,
    event: str,
    description: str,
    *,
    type: str = "info",
    user_id: UUID | None = None,
    ip_address: str | None = None,
    **details: Any,
) -> None:
    """Writes one line of the system log (R253); ``event`` is dotted: ``pdf.failed``."""
    session.add(
        SystemLog(
            organization_id=organization_id,
            user_id=user_id,
            type=type,
            event=event,
            description=description,
            details=details,
            ip_address=ip_address,
        )
    )
