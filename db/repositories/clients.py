"""Queries about clients."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"created_at": Client.created_at, "name": Client.name_key}, key=Client.id, default="-created_at")


async def all_clients(session: AsyncSession, organization_id: UUID) -> Sequence[Client]:
    """Every client of the organization, newest first."""
    query = select(Client).where(Client.organization_id == organization_id).order_by(Client.id.desc())
    return (await session.scalars(query)).all()


async def get_client(session: AsyncSession, organization_id: UUID, client_id: UUID) -> Client | None:
    query = select(Client).where(Client.organization_id == organization_id, Client.id == client_id)
    return (await session.scalars(query)).one_or_none()


async def page(session: AsyncSession, organization_id: UUID, wanted: Wanted, *, key: str | None) -> Rows[Client]:
    """Clients whose lookup key contains ``key``."""
    query = select(Client).where(Client.organization_id == organization_id)
    if key:
        query = query.where(Client.name_key.contains(key, autoescape=True))
    return await fetch_page(session, query, wanted)


async def recent_names(session: AsyncSession, organization_id: UUID, limit: int = 200) -> list[str]:
    """Names of the clients created last, for the lexicon of an understander."""
    query = select(Client.name).where(Client.organization_id == organization_id).order_by(Client.id.desc()).limit(limit)
    return list((await session.scalars(query)).all())
