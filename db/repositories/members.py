"""Queries about companies, their members, invitations and keys, for those who manage them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiKey, AuthSession, Invitation, Organization, User, UserCredentials
from db.paging import Rows, Sortable, Wanted, fetch_page, fetch_rows

ORGANIZATIONS_BY = Sortable(
    {"name": Organization.name, "created_at": Organization.created_at}, key=Organization.id, default="name"
)
MEMBERS_BY = Sortable({"created_at": User.created_at, "role": User.role}, key=User.id, default="created_at")
KEYS_BY = Sortable({"created_at": ApiKey.created_at, "name": ApiKey.name}, key=ApiKey.id, default="-created_at")


async def organizations(
    session: AsyncSession, only: UUID | None, wanted: Wanted, *, name: str | None, status: str | None, plan: str | None
) -> Rows[Organization]:
    """Companies; ``only`` one where the asker belongs to it. Erased ones are left out unless asked for."""
    query = select(Organization)
    query = query.where(Organization.id == only) if only else query
    query = query.where(Organization.plan == plan) if plan else query
    query = query.where(Organization.name.icontains(name, autoescape=True)) if name else query
    query = query.where(Organization.status == status) if status else query.where(Organization.status != "erased")
    return await fetch_page(session, query, wanted)


async def organization_with_slug(session: AsyncSession, slug: str) -> UUID | None:
    return (await session.scalars(select(Organization.id).where(Organization.slug == slug))).one_or_none()


async def delete_organization(session: AsyncSession, organization_id: UUID) -> None:
    """Takes a company away with all that hangs on it; the database refuses it once there are issued invoices."""
    await session.execute(delete(Organization).where(Organization.id == organization_id))


def _member_columns() -> tuple[Any, ...]:
    invited = exists().where(
        Invitation.user_id == User.id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
    )
    return User, UserCredentials.last_login_at, UserCredentials.totp_confirmed_at, invited.label("invited")


async def members(
    session: AsyncSession, organization_id: UUID, wanted: Wanted, *, role: str | None, name: str | None
) -> Rows[Row[Any]]:
    """Members who have not left: the user, his last sign-in, since when he has a second factor, whether he is invited."""
    query = (
        select(*_member_columns())
        .outerjoin(UserCredentials, UserCredentials.user_id == User.id)
        .where(User.organization_id == organization_id, User.removed_at.is_(None))
    )
    query = query.where(User.role == role) if role else query
    if name:
        called = func.concat_ws(" ", User.first_name, User.last_name, User.email)
        query = query.where(called.icontains(name, autoescape=True))
    return await fetch_rows(session, query, wanted)


async def member(session: AsyncSession, organization_id: UUID, user_id: UUID) -> Row[Any] | None:
    """One member as in ``members``; None when he is unknown or has left."""
    query = (
        select(*_member_columns())
        .outerjoin(UserCredentials, UserCredentials.user_id == User.id)
        .where(User.organization_id == organization_id, User.id == user_id, User.removed_at.is_(None))
    )
    return (await session.execute(query)).one_or_none()


async def lock_owners(session: AsyncSession, organization_id: UUID) -> set[UUID]:
    """The active owners, locked: two of them cannot take each other away at once and leave none."""
    query = select(User.id).where(
        User.organization_id == organization_id, User.role == "OWNER", User.is_active, User.removed_at.is_(None)
    )
    return set((await session.scalars(query.order_by(User.id).with_for_update())).all())


async def revoke_sessions(session: AsyncSession, organization_id: UUID, user_id: UUID | None, because: str) -> None:
    """Ends the sessions of one member, or of the whole company when None."""
    who: list[ColumnElement[bool]] = [AuthSession.organization_id == organization_id]
    if user_id:
        who.append(AuthSession.user_id == user_id)
    await session.execute(
        update(AuthSession)
        .where(*who, AuthSession.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_because=because)
    )


async def invitations(session: AsyncSession, organization_id: UUID) -> Sequence[Invitation]:
    """Every invitation of a company, the newest first."""
    query = select(Invitation).where(Invitation.organization_id == organization_id)
    return (await session.scalars(query.order_by(Invitation.created_at.desc(), Invitation.id.desc()))).all()


async def invitation(session: AsyncSession, organization_id: UUID, invitation_id: UUID) -> Invitation | None:
    query = select(Invitation).where(Invitation.organization_id == organization_id, Invitation.id == invitation_id)
    return (await session.scalars(query)).one_or_none()


async def open_invitation(session: AsyncSession, invitation_id: UUID, now: datetime) -> Invitation | None:
    """An invitation that may still be accepted, locked; in a system session, as its reader has no company yet."""
    query = select(Invitation).where(
        Invitation.id == invitation_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
    return (await session.scalars(query.with_for_update())).one_or_none()


async def revoke_invitations(session: AsyncSession, organization_id: UUID, user_id: UUID, now: datetime) -> None:
    """Earlier links of a member open nothing any more."""
    await session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.user_id == user_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


async def keys(session: AsyncSession, organization_id: UUID, wanted: Wanted, *, revoked: bool | None) -> Rows[ApiKey]:
    """The keys of a company: those revoked, those not, or both (None)."""
    query = select(ApiKey).where(ApiKey.organization_id == organization_id)
    if revoked is not None:
        query = query.where(ApiKey.revoked_at.is_not(None) if revoked else ApiKey.revoked_at.is_(None))
    return await fetch_page(session, query, wanted)


async def key(session: AsyncSession, organization_id: UUID, key_id: UUID) -> ApiKey | None:
    query = select(ApiKey).where(ApiKey.organization_id == organization_id, ApiKey.id == key_id)
    return (await session.scalars(query)).one_or_none()


async def suspend_all(session: AsyncSession, organization_id: UUID) -> None:
    """No member of the company signs in or gives orders any more."""
    await session.execute(update(User).where(User.organization_id == organization_id).values(is_active=False))


async def revoke_keys(session: AsyncSession, organization_id: UUID, now: datetime) -> None:
    """No key of the company opens anything any more."""
    await session.execute(
        update(ApiKey)
        .where(ApiKey.organization_id == organization_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
