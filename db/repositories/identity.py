"""Queries about sign-ins: who is at the door, his sessions and tokens, codes sent to phones.

Nobody's company is known before he has signed in, so these run in a system session; none of them takes a tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    ApiKey,
    AuthSession,
    Organization,
    PhoneCode,
    PlatformAdmin,
    RefreshToken,
    User,
    UserCredentials,
    WhatsappAccount,
)

_MEMBER = text("""
select u.id, u.organization_id, u.role, o.status
  from auth_sessions s join users u on u.id = s.user_id join organizations o on o.id = u.organization_id
 where s.id = :session_id and u.id = :user_id and s.revoked_at is null
   and u.is_active and u.removed_at is null and o.status <> 'erased'
""")

_PLATFORM_ADMIN = text("""
select a.id from auth_sessions s join platform_admins a on a.id = s.platform_admin_id
 where s.id = :session_id and a.id = :admin_id and s.revoked_at is null and a.is_active
""")

_KEY = text("""
select k.id, k.organization_id, k.secret_hash, k.scopes, k.last_used_at, o.status
  from api_keys k join organizations o on o.id = k.organization_id
 where k.prefix = :prefix and k.revoked_at is null and (k.expires_at is null or k.expires_at > :now)
   and o.status <> 'erased'
""")


async def member_of_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> Row[Any] | None:
    """Id, company, role and the company's status of an active member whose session was not revoked."""
    return (await session.execute(_MEMBER, {"user_id": user_id, "session_id": session_id})).one_or_none()


async def platform_admin_of_session(session: AsyncSession, admin_id: UUID, session_id: UUID) -> Row[Any] | None:
    """The id of an active admin of the installation whose session was not revoked."""
    return (await session.execute(_PLATFORM_ADMIN, {"admin_id": admin_id, "session_id": session_id})).one_or_none()


async def key_by_prefix(session: AsyncSession, prefix: str, now: datetime) -> Row[Any] | None:
    """A key that is neither revoked nor past its end, by what is shown of it."""
    return (await session.execute(_KEY, {"prefix": prefix, "now": now})).one_or_none()


async def key_was_used(session: AsyncSession, key_id: UUID, now: datetime) -> None:
    await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))


async def user_by_email(session: AsyncSession, email: str) -> tuple[User, Organization] | None:
    """A member who has not left, with his company; ``email`` in lower case."""
    query = select(User, Organization).join(Organization, Organization.id == User.organization_id)
    row = (await session.execute(query.where(User.email == email, User.removed_at.is_(None)))).one_or_none()
    return (row[0], row[1]) if row else None


async def user_by_phone(session: AsyncSession, phone: str) -> tuple[User, Organization] | None:
    """The member with this command phone (E.164), verified or not, with his company."""
    query = select(User, Organization).join(Organization, Organization.id == User.organization_id)
    row = (await session.execute(query.where(User.whatsapp_phone == phone))).one_or_none()
    return (row[0], row[1]) if row else None


async def user_of(session: AsyncSession, user_id: UUID) -> tuple[User, Organization]:
    """A member and his company. Raises ``NoResultFound``."""
    query = select(User, Organization).join(Organization, Organization.id == User.organization_id)
    row = (await session.execute(query.where(User.id == user_id))).one()
    return row[0], row[1]


async def platform_admin_by_email(session: AsyncSession, email: str) -> PlatformAdmin | None:
    return (await session.scalars(select(PlatformAdmin).where(PlatformAdmin.email == email))).one_or_none()


async def user_credentials(session: AsyncSession, user_id: UUID, *, locked: bool = False) -> UserCredentials | None:
    """How a member signs in; ``locked`` keeps two attempts at once apart. None while he has no password."""
    query = select(UserCredentials).where(UserCredentials.user_id == user_id)
    query = query.with_for_update() if locked else query
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def platform_credentials(session: AsyncSession, admin_id: UUID, *, locked: bool = False) -> PlatformAdmin | None:
    """An admin of the installation; ``locked`` as above."""
    query = select(PlatformAdmin).where(PlatformAdmin.id == admin_id)
    query = query.with_for_update() if locked else query
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def refresh_token(session: AsyncSession, token_hash: str) -> tuple[RefreshToken, AuthSession] | None:
    """A token that was given out, with its session, both locked: two uses of one token come one after the other."""
    query = (
        select(RefreshToken, AuthSession)
        .join(AuthSession, AuthSession.id == RefreshToken.session_id)
        .where(RefreshToken.token_hash == token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def revoke_session(session: AsyncSession, session_id: UUID, because: str, now: datetime) -> None:
    await session.execute(
        update(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.revoked_at.is_(None))
        .values(revoked_at=now, revoked_because=because)
    )


async def revoke_sessions_of(
    session: AsyncSession, holder_id: UUID, because: str, now: datetime, *, keep: UUID | None = None
) -> None:
    """Ends every session of a member or an admin of the installation, but for ``keep``."""
    await session.execute(
        update(AuthSession)
        .where(
            (AuthSession.user_id == holder_id) | (AuthSession.platform_admin_id == holder_id),
            AuthSession.revoked_at.is_(None),
            AuthSession.id != keep if keep else AuthSession.id.is_not(None),
        )
        .values(revoked_at=now, revoked_because=because)
    )


async def sessions_of(session: AsyncSession, holder_id: UUID, now: datetime) -> Sequence[AuthSession]:
    """Sessions that can still be continued, the newest first."""
    alive = exists().where(
        RefreshToken.session_id == AuthSession.id, RefreshToken.used_at.is_(None), RefreshToken.expires_at > now
    )
    query = select(AuthSession).where(
        (AuthSession.user_id == holder_id) | (AuthSession.platform_admin_id == holder_id),
        AuthSession.revoked_at.is_(None),
        alive,
    )
    return (await session.scalars(query.order_by(AuthSession.created_at.desc(), AuthSession.id.desc()))).all()


async def prune(session: AsyncSession, before: datetime) -> int:
    """Deletes sessions without a token that was valid after ``before``, and codes from before; how many sessions."""
    alive = exists().where(RefreshToken.session_id == AuthSession.id, RefreshToken.expires_at > before)
    await session.execute(delete(PhoneCode).where(PhoneCode.expires_at < before))
    await session.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))
    gone = await session.execute(
        delete(AuthSession).where(AuthSession.created_at < before, ~alive).returning(AuthSession.id)
    )
    return len(gone.all())


async def assistant_account_id(session: AsyncSession) -> UUID | None:
    """The assistant's number through which codes are sent, connected ones first; None before there is one."""
    query = (
        select(WhatsappAccount.id)
        .where(WhatsappAccount.kind == "assistant")
        .order_by((WhatsappAccount.status == "connected").desc(), WhatsappAccount.created_at)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def codes_since(session: AsyncSession, phone: str, since: datetime) -> tuple[int, datetime | None]:
    """How many codes a phone was sent since then, and when the last one left."""
    query = select(func.count(), func.max(PhoneCode.created_at)).where(
        PhoneCode.phone == phone, PhoneCode.created_at >= since
    )
    row = (await session.execute(query)).one()
    return int(row[0]), row[1]


async def code(session: AsyncSession, code_id: UUID) -> PhoneCode | None:
    """A code that was sent, locked while it is tried."""
    return (await session.scalars(select(PhoneCode).where(PhoneCode.id == code_id).with_for_update())).one_or_none()


async def latest_code_id(session: AsyncSession, phone: str) -> UUID | None:
    """The last code sent to a phone: only that one counts."""
    query = select(PhoneCode.id).where(PhoneCode.phone == phone)
    return (await session.scalars(query.order_by(PhoneCode.created_at.desc(), PhoneCode.id.desc()).limit(1))).first()


async def lock_phone(session: AsyncSession, phone: str) -> None:
    """Registrations and codes of one phone come one after the other until the transaction ends."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:phone, 0))"), {"phone": f"phone:{phone}"}
    )


_SEALED = {"user_credentials": "user_id", "platform_admins": "id"}
"""Tables with a second factor, and the column that names its holder."""


async def second_factors(session: AsyncSession) -> Sequence[Row[Any]]:
    """Every second factor as it lies there: ``place``, ``holder_id``, ``sealed``."""
    parts = (
        f"select '{table}' as place, {holder} as holder_id, totp_secret as sealed from {table} where totp_secret is not null"
        for table, holder in _SEALED.items()
    )
    return (await session.execute(text(" union all ".join(parts)))).all()


async def seal_second_factor(session: AsyncSession, place: str, holder_id: UUID, old: str, new: str) -> bool:
    """Puts ``new`` in the place of ``old``; False when it was changed or taken away meanwhile."""
    query = text(
        f"update {place} set totp_secret = :new where {_SEALED[place]} = :holder_id and totp_secret = :old returning 1"
    )
    arguments = {"holder_id": holder_id, "old": old, "new": new}
    return (await session.execute(query, arguments)).one_or_none() is not None
