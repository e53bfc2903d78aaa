"""Queries about clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, Invoice, Quote
from db.paging import Rows, Sortable, Wanted, fetch_page

SORTABLE = Sortable({"created_at": Client.created_at, "name": Client.name_key}, key=Client.id, default="-created_at")

SEARCHED = {each.key: each for each in (Client.name_key, Client.city, Client.email, Client.siret, Client.phone)}


async def all_clients(session: AsyncSession, organization_id: UUID) -> Sequence[Client]:
    """Every client of the organization that is in use, newest first."""
    query = select(Client).where(Client.organization_id == organization_id, Client.archived_at.is_(None))
    return (await session.scalars(query.order_by(Client.id.desc()))).all()


async def clients_of(session: AsyncSession, organization_id: UUID, ids: Collection[UUID]) -> Sequence[Client]:
    """Those with these ids, archived ones too."""
    return (
        await session.scalars(select(Client).where(Client.organization_id == organization_id, Client.id.in_(ids)))
    ).all()


async def get_client(session: AsyncSession, organization_id: UUID, client_id: UUID) -> Client | None:
    query = select(Client).where(Client.organization_id == organization_id, Client.id == client_id)
    return (await session.scalars(query)).one_or_none()


async def page(
    session: AsyncSession,
    organization_id: UUID,
    wanted: Wanted,
    *,
    key: str | None,
    any_of: Mapping[str, str] | None,
    client_id: UUID | None = None,
    kind: str | None,
    archived: bool,
) -> Rows[Client]:
    """Clients whose lookup key contains ``key``, and of whom one of ``any_of`` is true (columns of text and parts of them),
    or whose id is ``client_id``.
    """
    query = select(Client).where(Client.organization_id == organization_id)
    query = query.where(Client.archived_at.is_not(None) if archived else Client.archived_at.is_(None))
    if key:
        query = query.where(Client.name_key.contains(key, autoescape=True))
    if any_of is not None:
        texts = ((SEARCHED[name], part) for name, part in any_of.items() if name in SEARCHED)
        query = query.where(
            or_(Client.id == client_id, *(column.icontains(part, autoescape=True) for column, part in texts))
        )
    if kind:
        query = query.where(Client.kind == kind)
    return await fetch_page(session, query, wanted)


async def has_documents(session: AsyncSession, organization_id: UUID, client_id: UUID) -> bool:
    """True where a quote or an invoice, drafts too, is made out to him."""
    made_out = [
        select(model.id).where(model.organization_id == organization_id, model.client_id == client_id).exists()
        for model in (Quote, Invoice)
    ]
    return bool(await session.scalar(select(or_(*made_out))))


async def delete_client(session: AsyncSession, client: Client) -> None:
    await session.delete(client)
    await session.flush()


async def recent_names(session: AsyncSession, organization_id: UUID, limit: int = 200) -> list[str]:
    """Names of the clients created last, for the lexicon of an understander."""
    query = select(Client.name).where(Client.organization_id == organization_id, Client.archived_at.is_(None))
    return list((await session.scalars(query.order_by(Client.id.desc()).limit(limit))).all())
