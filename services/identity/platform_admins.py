"""The installation's own admins (R229): made from its command line, never through the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import PlatformAdmin
from db.models.base import new_id
from db.repositories import identity as repository
from services.identity import second_factor
from services.identity.journal import Caller, note_at_door
from services.identity.registration import Taken


class AdminUnknown(LookupError):
    """No admin of the installation has this e-mail."""


async def create(
    session: AsyncSession, email: str, name: str | None, password_hash: str, now: datetime
) -> PlatformAdmin:
    """A new admin who may sign in at once. Raises ``Taken``."""
    admin = PlatformAdmin(
        id=new_id(), email=email.strip().lower(), name=name, password_hash=password_hash, password_changed_at=now
    )
    session.add(admin)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Taken("email") from error
    note_at_door(session, "platform", admin.id, None, "admin.created", f"{admin.email}.", Caller())
    return admin


async def reset(session: AsyncSession, email: str, password_hash: str, now: datetime) -> PlatformAdmin:
    """A new password for an admin who lost his, or his second factor, which goes: he is signed out everywhere.

    Raises ``AdminUnknown``.
    """
    admin = await _known(session, email)
    admin.password_hash, admin.password_changed_at = password_hash, now
    admin.failed_logins, admin.locked_until, admin.is_active = 0, None, True
    second_factor.take_away(admin)
    await repository.revoke_sessions_of(session, admin.id, "reset", now)
    note_at_door(session, "platform", admin.id, None, "admin.reset", f"{admin.email}.", Caller())
    return admin


async def disable(session: AsyncSession, email: str, now: datetime) -> PlatformAdmin:
    """The admin signs in no more and is signed out at once. Raises ``AdminUnknown``."""
    admin = await _known(session, email)
    admin.is_active = False
    await repository.revoke_sessions_of(session, admin.id, "disabled", now)
    note_at_door(session, "platform", admin.id, None, "admin.disabled", f"{admin.email}.", Caller())
    return admin


async def _known(session: AsyncSession, email: str) -> PlatformAdmin:
    admin = await repository.platform_admin_by_email(session, email.strip().lower())
    if admin is None:
        raise AdminUnknown(email)
    return admin
