"""Queries of the demo page: who can be played, and what became of a customer's messages. Across tenants, demo only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, Organization, Outbox, User, WhatsappMessage

_LEFT = ("sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Customer:
    """A client of an artisan with a phone; ``received`` counts the messages that reached it."""

    name: str
    title: str | None
    phone: str
    received: int


async def artisans(session: AsyncSession, limit: int) -> Sequence[tuple[User, Organization]]:
    """Artisans who may give orders, the first created first."""
    query = (
        select(User, Organization)
        .join(Organization, Organization.id == User.organization_id)
        .where(User.whatsapp_phone.is_not(None), User.phone_verified_at.is_not(None), User.is_active)
        .order_by(User.created_at, User.id)
        .limit(limit)
    )
    return [(user, organization) for user, organization in await session.execute(query)]


async def artisan_by_phone(session: AsyncSession, phone: str) -> tuple[User, Organization] | None:
    """The artisan who gives orders from ``phone`` (E.164) and his organization."""
    query = (
        select(User, Organization)
        .join(Organization, Organization.id == User.organization_id)
        .where(User.whatsapp_phone == phone, User.phone_verified_at.is_not(None))
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def artisan_of_customer(session: AsyncSession, phone: str) -> tuple[User, Organization] | None:
    """The artisan who has ``phone`` in his client cards; the first created when there are several."""
    query = (
        select(User, Organization)
        .join(Organization, Organization.id == User.organization_id)
        .join(Client, Client.organization_id == Organization.id)
        .where(Client.phone == phone, User.whatsapp_phone.is_not(None), User.phone_verified_at.is_not(None))
        .order_by(User.created_at)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else None


async def customers(session: AsyncSession, organization_id: UUID, limit: int) -> list[Customer]:
    """Clients with a phone; those who received something first, then the newest cards. One entry per phone."""
    received = (
        select(Outbox.to_phone, func.count().label("count"))
        .where(Outbox.organization_id == organization_id, Outbox.recipient == "client", Outbox.status.in_(_LEFT))
        .group_by(Outbox.to_phone)
        .subquery()
    )
    count = func.coalesce(received.c.count, 0)
    query = (
        select(Client.name, Client.title, Client.phone, count)
        .outerjoin(received, received.c.to_phone == Client.phone)
        .where(Client.organization_id == organization_id, Client.phone.is_not(None))
        .order_by(count.desc(), Client.id.desc())
        .limit(limit)
    )
    found: dict[str, Customer] = {}
    for name, title, phone, number in await session.execute(query):
        found.setdefault(phone, Customer(name=name, title=title, phone=phone, received=number))
    return list(found.values())


async def messages_from(session: AsyncSession, phone: str, limit: int) -> Sequence[WhatsappMessage]:
    """What was stored of the messages that ``phone`` wrote, newest first."""
    query = (
        select(WhatsappMessage)
        .where(WhatsappMessage.sender_phone == phone, WhatsappMessage.direction == "inbound")
        .order_by(WhatsappMessage.sent_at.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()
