"""Codes sent on WhatsApp to prove that a phone is in the hand of whoever named it (R006, C43)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import PhoneCode, User
from db.models.base import new_id
from db.repositories import identity as repository
from prompts.replies import say
from services.identity.keys import Keys
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage

MINUTES = 10
Purpose = Literal["phone", "password"]
"""What a code opens: a code for one is worth nothing for the other."""
_SENTENCES: dict[Purpose, str] = {"phone": "account.phone_code", "password": "account.password_code"}
MOST_ATTEMPTS = 5
MOST_PER_DAY = 6
SECONDS_BETWEEN = 60


class NotNow(Exception):
    """A phone was sent too many codes; ``seconds`` until the next one may leave."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class NoSender(Exception):
    """The assistant has no number yet from which a code could leave."""


async def send(session: AsyncSession, keys: Keys, user: User, now: datetime, purpose: Purpose = "phone") -> PhoneCode:
    """Sends a new code to the user's phone; earlier ones count no more. Raises ``NotNow`` and ``NoSender``."""
    phone = user.whatsapp_phone
    assert phone is not None
    await repository.lock_phone(session, phone)
    count, last = await repository.codes_since(session, phone, now - timedelta(days=1))
    if last and (left := SECONDS_BETWEEN - int((now - last).total_seconds())) > 0:
        raise NotNow(left)
    if count >= MOST_PER_DAY:
        raise NotNow(3600)
    account_id = await repository.assistant_account_id(session)
    if account_id is None:
        raise NoSender
    code = f"{secrets.randbelow(10**6):06d}"
    row = PhoneCode(
        id=new_id(), phone=phone, user_id=user.id, created_at=now, expires_at=now + timedelta(minutes=MINUTES)
    )
    row.code_hash = keys.short_hash(code, f"{purpose}:{row.id}")
    session.add(row)
    body = say(user.preferred_language, _SENTENCES[purpose], form=user.address_form, code=code, minutes=str(MINUTES))
    message = OutgoingMessage(organization_id=user.organization_id, account_id=account_id, to_phone=phone, body=body)
    await outbox.enqueue(session, message)
    return row


async def waiting(session: AsyncSession, verification_id: UUID) -> PhoneCode | None:
    """The code row with this id while it is the last one of its phone and unused: whoever asked last decides."""
    row = await repository.code(session, verification_id)
    if row is None or row.user_id is None or row.used_at:
        return None
    return row if await repository.latest_code_id(session, row.phone) == row.id else None


async def proved(
    session: AsyncSession, keys: Keys, verification_id: UUID, code: str, purpose: Purpose, now: datetime
) -> User | None:
    """The user whose phone this code came from; None when it is wrong, late, tried too often or not the last one.

    The id keeps a code with the request it was sent for: another registration of the same phone in between, with a
    password of its own, is not the one that the reader of this code confirms.
    """
    row = await waiting(session, verification_id)
    if row is None or row.user_id is None or row.expires_at <= now or row.attempts >= MOST_ATTEMPTS:
        return None
    row.attempts += 1
    if not keys.is_short_hash(row.code_hash, code.strip(), f"{purpose}:{row.id}"):
        return None
    user, _ = await repository.user_of(session, row.user_id)
    if user.whatsapp_phone != row.phone or not user.is_active:
        return None
    row.used_at = now
    return user
