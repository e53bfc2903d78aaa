"""Queries about organizations, users and the system log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.acting import actor
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
    about: UUID | None = None,
    user_id: UUID | None = None,
    ip_address: str | None = None,
    user_agent: str | None = None,
    **details: Any,
) -> None:
    """Writes one line of the system log (R253); ``event`` is dotted, the resource first: ``pdf.failed``.

    ``about`` is the resource's id. Who did it and from where is taken from ``db.acting`` where it is not given.
    """
    if who := actor():
        if who.kind == "user":
            user_id = user_id or who.id
        else:
            details.setdefault(f"{who.kind}_id", str(who.id))
        ip_address, user_agent = ip_address or who.ip_address, user_agent or who.user_agent
    session.add(
        SystemLog(
            organization_id=organization_id,
            user_id=user_id,
            type=type,
            event=event,
            description=description,
            details=details,
            about=about,
            ip_address=ip_address,
            user_agent=user_agent,
        )
    )
