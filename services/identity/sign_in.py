"""Signing in and staying so: password, second factor, lockout, refresh tokens that are used once (R223–R226).

The caller owns the transactions and the slow part in between: ``at_the_door``, then the password is compared without a
connection held, then ``come_in``. A refusal is an answer and not an exception, because what it counts must be committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AuthSession, PlatformAdmin, RefreshToken, UserCredentials
from db.models.base import new_id
from db.repositories import identity as repository
from services.identity import second_factor
from services.identity.journal import Caller, note_at_door, note_stranger
from services.identity.keys import Keys, long_hash
from services.identity.passwords import Checked
from services.identity.tokens import ACCESS_MINUTES, REFRESH_DAYS, Access, Kind, access_token, new_secret
from services.operations.metrics import SIGN_INS, on_commit

LOCK_AFTER = 5
LOCK_MINUTES = 15
"""R225: so many failures in a row close the account for so long, in the database: a restart changes nothing."""
Refusal = Literal["wrong", "code_needed", "phone_unverified", "reused"]
AnyCredentials = UserCredentials | PlatformAdmin


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who says he is somebody; without ``id`` nobody with that name is known, which he is not told."""

    kind: Kind
    id: UUID | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a signed-in client holds. Seconds until the access token and the refresh token end."""

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_MINUTES * 60
    refresh_expires_in: int = REFRESH_DAYS * 24 * 3600


async def at_the_door(session: AsyncSession, kind: Kind, email: str) -> Visitor:
    """Whoever has this e-mail, or a stranger."""
    email = email.strip().lower()
    if kind == "platform":
        admin = await repository.platform_admin_by_email(session, email)
        return Visitor(kind, admin.id, admin.password_hash) if admin and admin.is_active else Visitor(kind, None, None)
    found = await repository.user_by_email(session, email)
    if found is None or not found[0].is_active or found[1].status == "erased":
        return Visitor(kind, None, None)
    credentials = await repository.user_credentials(session, found[0].id)
    return Visitor(kind, found[0].id, credentials.password_hash) if credentials else Visitor(kind, None, None)


async def come_in(
    session: AsyncSession,
    keys: Keys,
    visitor: Visitor,
    password: Checked,
    code: str | None,
    caller: Caller,
    now: datetime,
) -> Tokens | Refusal:
    """Tokens of a new session, or why not. Wrong password and wrong code count alike; a locked account says "wrong"."""
    if visitor.id is None:
        note_stranger(session, visitor.kind, caller)
        on_commit(session, SIGN_INS.labels(visitor.kind, "unknown").inc)
        return "wrong"
    credentials = await credentials_of(session, visitor.kind, visitor.id, locked=True)
    if credentials is None or credentials.password_hash != visitor.password_hash:
        return "wrong"
    if credentials.locked_until and credentials.locked_until > now:
        return "wrong"
    if not password.correct:
        return _failed(session, visitor, credentials, caller, now)
    if credentials.totp_confirmed_at:
        if code is None:
            return "code_needed"
        if not second_factor.accept(keys, visitor.id, credentials, code, now):
            return _failed(session, visitor, credentials, caller, now)
    organization_id = None
    if visitor.kind == "user":
        user, organization = await repository.user_of(session, visitor.id)
        if organization.status == "pending" and user.whatsapp_phone and user.phone_verified_at is None:
            return "phone_unverified"
        organization_id = user.organization_id
    if password.rehashed:
        credentials.password_hash = password.rehashed
    credentials.failed_logins, credentials.locked_until, credentials.last_login_at = 0, None, now
    note_at_door(session, visitor.kind, visitor.id, organization_id, "auth.signed_in", "Signed in.", caller)
    on_commit(session, SIGN_INS.labels(visitor.kind, "ok").inc)
    return await open_session(session, keys, visitor.kind, visitor.id, organization_id, caller, now)


async def still_himself(
    session: AsyncSession, kind: Kind, holder_id: UUID, correct: bool, caller: Caller, now: datetime
) -> bool:
    """Whether a signed-in person proved himself again; failures count as at the door, so a stolen session cannot guess."""
    credentials = await credentials_of(session, kind, holder_id, locked=True)
    if credentials is None or (credentials.locked_until and credentials.locked_until > now):
        return False
    if not correct:
        _failed(session, Visitor(kind, holder_id, credentials.password_hash), credentials, caller, now)
    return correct


def _failed(
    session: AsyncSession, visitor: Visitor, credentials: AnyCredentials, caller: Caller, now: datetime
) -> Refusal:
    credentials.failed_logins += 1
    organization_id = credentials.organization_id if isinstance(credentials, UserCredentials) else None
    assert visitor.id is not None
    if credentials.failed_logins < LOCK_AFTER:
        note_at_door(session, visitor.kind, visitor.id, organization_id, "auth.failed", "A sign-in failed.", caller)
        on_commit(session, SIGN_INS.labels(visitor.kind, "failed").inc)
        return "wrong"
    credentials.failed_logins, credentials.locked_until = 0, now + timedelta(minutes=LOCK_MINUTES)
    on_commit(session, SIGN_INS.labels(visitor.kind, "locked").inc)
    note_at_door(
        session, visitor.kind, visitor.id, organization_id, "auth.locked", f"{LOCK_AFTER} sign-ins failed.", caller
    )
    return "wrong"


async def open_session(
    session: AsyncSession,
    keys: Keys,
    kind: Kind,
    holder_id: UUID,
    organization_id: UUID | None,
    caller: Caller,
    now: datetime,
) -> Tokens:
    """A new session with its first pair of tokens, for somebody who has just proved who he is."""
    row = AuthSession(
        id=new_id(),
        organization_id=organization_id,
        user_id=holder_id if kind == "user" else None,
        platform_admin_id=holder_id if kind == "platform" else None,
        ip_address=caller.ip,
        user_agent=(caller.user_agent or "")[:300] or None,
    )
    session.add(row)
    await session.flush()
    return await _next_tokens(session, keys, Access(kind, holder_id, row.id), now)


async def refresh(
    session: AsyncSession, keys: Keys, kind: Kind, token: str, caller: Caller, now: datetime
) -> Tokens | Refusal:
    """The next pair. A token that was used already ends its whole session: one of the two who have it stole it."""
    found = await repository.refresh_token(session, long_hash(token))
    if found is None:
        return "wrong"
    given, opened = found
    holder_id = opened.user_id if kind == "user" else opened.platform_admin_id
    if holder_id is None or opened.revoked_at:
        return "wrong"
    if given.used_at is not None:
        await repository.revoke_session(session, opened.id, "reused", now)
        note_at_door(
            session, kind, holder_id, opened.organization_id, "auth.reuse", "A refresh token came twice.", caller
        )
        return "reused"
    if given.expires_at <= now or not await _still_there(session, kind, holder_id, opened.id):
        return "wrong"
    given.used_at = now
    return await _next_tokens(session, keys, Access(kind, holder_id, opened.id), now)


async def sign_out(session: AsyncSession, session_id: UUID, now: datetime) -> None:
    """Ends a session: its access tokens count no more from the next request on."""
    await repository.revoke_session(session, session_id, "signed out", now)


async def credentials_of(
    session: AsyncSession, kind: Kind, holder_id: UUID, *, locked: bool = False
) -> AnyCredentials | None:
    """How somebody signs in; None for a member who has no password yet."""
    if kind == "platform":
        return await repository.platform_credentials(session, holder_id, locked=locked)
    return await repository.user_credentials(session, holder_id, locked=locked)


async def change_password(
    session: AsyncSession, kind: Kind, holder_id: UUID, hashed: str, keep: UUID | None, caller: Caller, now: datetime
) -> None:
    """Writes a new password's hash and ends every other session of its owner."""
    credentials = await credentials_of(session, kind, holder_id, locked=True)
    assert credentials is not None
    credentials.password_hash, credentials.password_changed_at = hashed, now
    credentials.failed_logins, credentials.locked_until = 0, None
    await repository.revoke_sessions_of(session, holder_id, "password changed", now, keep=keep)
    organization_id = credentials.organization_id if isinstance(credentials, UserCredentials) else None
    note_at_door(
        session, kind, holder_id, organization_id, "auth.password_changed", "The password was changed.", caller
    )


async def _still_there(session: AsyncSession, kind: Kind, holder_id: UUID, session_id: UUID) -> bool:
    if kind == "platform":
        return await repository.platform_admin_of_session(session, holder_id, session_id) is not None
    return await repository.member_of_session(session, holder_id, session_id) is not None


async def _next_tokens(session: AsyncSession, keys: Keys, access: Access, now: datetime) -> Tokens:
    secret = new_secret()
    row = RefreshToken(
        session_id=access.session_id, token_hash=long_hash(secret), expires_at=now + timedelta(days=REFRESH_DAYS)
    )
    session.add(row)
    await session.flush()
    return Tokens(access_token(keys, access, now), secret)
