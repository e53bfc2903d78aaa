"""The people of a company: invited, given a role, suspended, gone (G01, R013, R014)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invitation, User
from db.models.base import new_id
from db.paging import Rows, Wanted
from db.repositories import identity, members
from db.repositories.accounts import add_log
from services.billing import plan_limits
from services.identity.journal import note_by
from services.identity.keys import Keys
from services.identity.permissions import Role, outranks
from services.identity.principals import Principal
from services.identity.registration import Taken
from services.identity.tokens import InvalidToken, invitation_token, read_invitation_token

INVITATION_DAYS = 7
Status = Literal["INVITED", "ACTIVE", "SUSPENDED"]
_FREE = {"email": "uq_users_email", "phone": "uq_users_whatsapp_phone"}


class MemberUnknown(LookupError):
    """No such member in this organization."""


class NotYours(Exception):
    """Nobody gives, changes or takes away a role above his own, nor his own."""


class NoEmail(Exception):
    """An invitation goes to an e-mail address, and the member has none."""


class LastOwner(Exception):
    """A company keeps at least one active owner."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member with what others may know of how he signs in."""

    user: User
    status: Status
    last_login_at: datetime | None
    second_factor: bool


async def page(
    session: AsyncSession, organization_id: UUID, wanted: Wanted, *, role: str | None, name: str | None
) -> Rows[Member]:
    """Members who have not left; ``name`` is a part of name or e-mail."""
    found = await members.members(session, organization_id, wanted, role=role, name=name)
    return Rows([_member(row) for row in found.rows], found.next)


async def get(session: AsyncSession, organization_id: UUID, user_id: UUID) -> Member:
    """Raises ``MemberUnknown``; somebody who has left is unknown."""
    row = await members.member(session, organization_id, user_id)
    if row is None:
        raise MemberUnknown(str(user_id))
    return _member(row)


async def invite(
    session: AsyncSession,
    keys: Keys,
    by: Principal,
    organization_id: UUID,
    *,
    email: str,
    role: Role,
    now: datetime,
    **values: Any,
) -> tuple[Member, str]:
    """A new member without a password, and the token of the link by which he sets it.

    ``values`` are columns of the user. Raises ``NotYours``, ``Taken`` and ``LimitReached``.
    """
    _may_touch(by, role)
    await plan_limits.require(session, organization_id, "members")
    user = User(id=new_id(), organization_id=organization_id, email=email, role=role, **values)
    session.add(user)
    await _written(session)
    token = await _link(session, keys, by, user, now)
    return await get(session, organization_id, user.id), token


async def invite_again(
    session: AsyncSession, keys: Keys, by: Principal, organization_id: UUID, user_id: UUID, now: datetime
) -> str:
    """Another link for a member: earlier ones open nothing any more. Raises ``MemberUnknown``, ``NotYours``, ``NoEmail``.

    For a member who has a password already it replaces it, so it takes a higher role than his: an equal could come in
    under his name.
    """
    member = await get(session, organization_id, user_id)
    user = member.user
    _may_touch(by, user.role)
    if member.status != "INVITED" and by.role == user.role:
        raise NotYours
    if user.email is None:
        raise NoEmail
    return await _link(session, keys, by, user, now)


async def revoke_invitation(
    session: AsyncSession, by: Principal, organization_id: UUID, user_id: UUID, now: datetime
) -> None:
    """A member's open link opens nothing any more. Raises ``MemberUnknown`` and ``NotYours``."""
    user = (await get(session, organization_id, user_id)).user
    _may_touch(by, user.role)
    await members.revoke_invitations(session, organization_id, user_id, now)
    note_by(session, by, organization_id, "user.invitation_revoked", f"{user.email}.", about=user_id)


async def invitation_of(session: AsyncSession, keys: Keys, token: str, now: datetime) -> Invitation | None:
    """The invitation of a link that still opens, locked; in a system session. None for any other text."""
    try:
        return await members.open_invitation(session, read_invitation_token(keys, token), now)
    except InvalidToken:
        return None


async def accept(session: AsyncSession, invitation: Invitation, now: datetime) -> User:
    """Uses the link up: its member may sign in. Sessions from before end."""
    user, _ = await identity.user_of(session, invitation.user_id)
    invitation.accepted_at = now
    await identity.revoke_sessions_of(session, user.id, "invited again", now)
    add_log(session, user.organization_id, "user.joined", f"{user.email}", type="audit", user_id=user.id)
    return user


async def change(
    session: AsyncSession, by: Principal, organization_id: UUID, user_id: UUID, values: dict[str, Any]
) -> Member:
    """Writes columns of a member. A new phone has to be verified anew; who is suspended is signed out.

    Raises ``MemberUnknown``, ``NotYours``, ``LastOwner`` and ``Taken``.
    """
    member = await get(session, organization_id, user_id)
    user = member.user
    _may_touch(by, user.role)
    role, active = values.get("role", user.role), values.get("is_active", user.is_active)
    if (role, active) != (user.role, user.is_active):
        if by.id == user_id:
            raise NotYours
        _may_touch(by, role)
        if role != "OWNER" or not active:
            await _keep_an_owner(session, organization_id, user_id)
    if "whatsapp_phone" in values and values["whatsapp_phone"] != user.whatsapp_phone:
        user.phone_verified_at = None
    for name, value in values.items():
        setattr(user, name, value)
    await _written(session)
    if values.get("is_active") is False:
        await members.revoke_sessions(session, organization_id, user_id, "suspended")
    note_by(session, by, organization_id, "user.changed", ", ".join(sorted(values)), about=user_id)
    await session.flush()
    return await get(session, organization_id, user_id)


async def remove(session: AsyncSession, by: Principal, organization_id: UUID, user_id: UUID, now: datetime) -> None:
    """The member leaves: he signs in and gives orders no more, his e-mail and phone are free, his name stays.

    Raises ``MemberUnknown``, ``NotYours`` and ``LastOwner``.
    """
    user = (await get(session, organization_id, user_id)).user
    _may_touch(by, user.role)
    if by.id == user_id:
        raise NotYours
    await _keep_an_owner(session, organization_id, user_id)
    note_by(session, by, organization_id, "user.removed", f"{user.email}", about=user_id)
    user.removed_at, user.is_active, user.email = now, False, None
    user.whatsapp_phone = user.phone_verified_at = None
    await members.revoke_invitations(session, organization_id, user_id, now)
    await members.revoke_sessions(session, organization_id, user_id, "removed")


async def _link(session: AsyncSession, keys: Keys, by: Principal, user: User, now: datetime) -> str:
    organization_id = user.organization_id
    await members.revoke_invitations(session, organization_id, user.id, now)
    invitation = Invitation(
        id=new_id(),
        organization_id=organization_id,
        user_id=user.id,
        email=user.email,
        role=user.role,
        invited_by=by.user_id,
        created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    session.add(invitation)
    note_by(session, by, organization_id, "user.invited", f"{user.email} as {user.role}.", about=user.id)
    await session.flush()
    return invitation_token(keys, invitation.id, now, timedelta(days=INVITATION_DAYS))


def _may_touch(by: Principal, role: str) -> None:
    if by.role is None or not outranks(by.role, role):  # type: ignore[arg-type]
        raise NotYours


async def _keep_an_owner(session: AsyncSession, organization_id: UUID, leaving: UUID) -> None:
    if await members.lock_owners(session, organization_id) == {leaving}:
        raise LastOwner


async def _written(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        for field, constraint in _FREE.items():
            if constraint in str(error.orig):
                raise Taken(field) from error
        raise


def _member(row: Row[Any]) -> Member:
    user: User = row[0]
    status: Status = "ACTIVE" if user.is_active else "SUSPENDED"
    if user.is_active and row.invited and row.last_login_at is None:
        status = "INVITED"
    return Member(user, status, row.last_login_at, row.totp_confirmed_at is not None)
