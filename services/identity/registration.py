"""A company comes in: registered, its phone verified, then paid for (R006, C43). Nothing works before the phone is."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization, PhoneCode, User, UserCredentials
from db.models.base import new_id
from db.repositories import identity as repository
from db.repositories import members
from services.billing import activation as billing
from services.documents.text import fold
from services.identity import phone_codes
from services.identity.journal import Caller, note_at_door
from services.identity.keys import Keys
from services.privacy import consents


class Registration(BaseModel):
    """What is needed to begin; the rest of the company is told in the chat. ``phone`` in E.164, ``email`` in lower case."""

    company: str
    email: str
    phone: str
    first_name: str | None = None
    last_name: str | None = None
    language: Literal["fr", "tr"] = "fr"


class Taken(Exception):
    """Somebody signs in with this ``field`` ("email" or "phone") already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


async def register(
    session: AsyncSession,
    keys: Keys,
    wanted: Registration,
    shown: consents.Texts,
    password_hash: str,
    caller: Caller,
    now: datetime,
) -> tuple[User, PhoneCode]:
    """A pending company with its owner, who accepted the terms ``shown``, and a code on the way to his phone.

    An earlier registration of the phone that was never verified is overwritten: whoever has the phone decides. Raises
    ``Taken``, ``phone_codes.NotNow`` and ``phone_codes.NoSender``.
    """
    await repository.lock_phone(session, wanted.phone)
    known = await repository.user_by_phone(session, wanted.phone)
    if known and not _is_open(*known):
        raise Taken("phone")
    same_mail = await repository.user_by_email(session, wanted.email)
    if same_mail and (known is None or same_mail[0].id != known[0].id):
        if not _is_open(*same_mail):
            raise Taken("email")
        await members.delete_organization(session, same_mail[1].id)
    organization, user = (known[1], known[0]) if known else _new(session)
    organization.name, organization.email, organization.phone = wanted.company, wanted.email, wanted.phone
    organization.slug = await free_slug(session, wanted.company, organization.id)
    user.email, user.whatsapp_phone, user.preferred_language = wanted.email, wanted.phone, wanted.language
    user.first_name, user.last_name = wanted.first_name, wanted.last_name
    await session.flush()
    await set_password(session, user, password_hash, now)
    await repository.revoke_sessions_of(session, user.id, "registered again", now)
    note_at_door(
        session, "user", user.id, organization.id, "auth.registered", f"Registered: {organization.name}.", caller
    )
    consents.accepted_at_registration(session, user, shown, caller, now)
    return user, await phone_codes.send(session, keys, user, now)


async def resend(session: AsyncSession, keys: Keys, verification_id: UUID, now: datetime) -> PhoneCode | None:
    """Another code in place of the one that waits; None where none does. Raises as ``phone_codes.send``."""
    row = await phone_codes.waiting(session, verification_id)
    if row is None or row.user_id is None:
        return None
    user, _ = await repository.user_of(session, row.user_id)
    if user.phone_verified_at is not None or user.whatsapp_phone != row.phone or not user.is_active:
        return None
    return await phone_codes.send(session, keys, user, now)


async def verify_phone(
    session: AsyncSession, keys: Keys, verification_id: UUID, code: str, caller: Caller, now: datetime
) -> tuple[User, Organization] | None:
    """The member and his company once the code is right: his phone gives orders from now on. None when it is not."""
    user = await phone_codes.proved(session, keys, verification_id, code, "phone", now)
    if user is None:
        return None
    user.phone_verified_at = now
    note_at_door(
        session, "user", user.id, user.organization_id, "auth.phone_verified", "The phone is verified.", caller
    )
    member, organization = await repository.user_of(session, user.id)
    await billing.phone_verified(session, organization)
    return member, organization


async def change_phone(session: AsyncSession, keys: Keys, user_id: UUID, phone: str, now: datetime) -> PhoneCode:
    """Gives a member another command phone, which orders nothing before its code came back. Raises ``Taken``."""
    await repository.lock_phone(session, phone)
    holder = await repository.user_by_phone(session, phone)
    if holder and holder[0].id != user_id:
        if not _is_open(*holder):
            raise Taken("phone")
        await members.delete_organization(session, holder[1].id)
    user, _ = await repository.user_of(session, user_id)
    user.whatsapp_phone, user.phone_verified_at = phone, None
    await session.flush()
    return await phone_codes.send(session, keys, user, now)


async def set_password(session: AsyncSession, user: User, password_hash: str, now: datetime) -> None:
    """Writes a password that was proved by a link or a code: the first, or one in place of a forgotten one."""
    credentials = await repository.user_credentials(session, user.id, locked=True)
    if credentials is None:
        credentials = UserCredentials(user_id=user.id, organization_id=user.organization_id)
        session.add(credentials)
    credentials.password_hash, credentials.password_changed_at = password_hash, now
    credentials.failed_logins, credentials.locked_until = 0, None
    await session.flush()


async def free_slug(session: AsyncSession, name: str, organization_id: UUID | None = None) -> str:
    """A short name for addresses, of the company's name: "plomberie-benali", with a tail where that is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", fold(name).lower()).strip("-")[:40].strip("-") or "entreprise"
    taken = await members.organization_with_slug(session, base)
    return base if taken in (None, organization_id) else f"{base}-{secrets.token_hex(3)}"


def _new(session: AsyncSession) -> tuple[Organization, User]:
    organization = Organization(id=new_id(), name="", slug=str(new_id()), status="pending")
    user = User(id=new_id(), organization_id=organization.id, role="OWNER")
    session.add_all([organization, user])
    return organization, user


def _is_open(user: User, organization: Organization) -> bool:
    """True for a registration that nobody has verified: it binds neither its phone nor its e-mail."""
    return organization.status == "pending" and user.role == "OWNER" and user.phone_verified_at is None
