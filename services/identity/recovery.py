"""A forgotten password: a code to the verified phone, and the way in is open again (R225). The second factor stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import User
from db.models.base import new_id
from db.repositories import identity as repository
from services.identity import phone_codes
from services.identity.journal import Caller, note_at_door
from services.identity.keys import Keys
from services.identity.registration import set_password


async def forgot(session: AsyncSession, keys: Keys, email: str, caller: Caller, now: datetime) -> tuple[UUID, datetime]:
    """The id that goes back with the code, and until when.

    Without such an account, without a verified phone, or while no code may leave, an id that opens nothing: who has an
    account is nobody's business.
    """
    nothing = new_id(), now + timedelta(minutes=phone_codes.MINUTES)
    found = await repository.user_by_email(session, email)
    if found is None or not found[0].is_active or found[0].phone_verified_at is None or found[1].status == "erased":
        return nothing
    user, organization = found
    try:
        code = await phone_codes.send(session, keys, user, now, "password")
    except (phone_codes.NotNow, phone_codes.NoSender):
        return nothing
    note_at_door(session, "user", user.id, organization.id, "auth.forgotten", "A password code was sent.", caller)
    return code.id, code.expires_at


async def reset(
    session: AsyncSession, keys: Keys, verification_id: UUID, code: str, hashed: str, caller: Caller, now: datetime
) -> User | None:
    """Writes the new password and ends every session; a lockout is over. None when the code is not right."""
    user = await phone_codes.proved(session, keys, verification_id, code, "password", now)
    if user is None:
        return None
    await set_password(session, user, hashed, now)
    await repository.revoke_sessions_of(session, user.id, "password reset", now)
    note_at_door(
        session, "user", user.id, user.organization_id, "auth.password_reset", "A new password by code.", caller
    )
    return user
