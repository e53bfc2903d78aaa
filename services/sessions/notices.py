"""Tells an artisan that his own number is not connected any more, on another channel, with a fresh link (UX-83)."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import User, WhatsappAccount
from db.repositories import sessions as repository
from db.repositories.accounts import add_log, get_organization
from db.settings import Settings
from prompts.replies import say
from services.messaging import outbox
from services.messaging.addresses import phone_to_read
from services.messaging.schemas import OutgoingMessage
from services.sessions import links, record
from services.sessions.record import DOWN
from services.sessions.states import State
from services.wording.service import own_words

log = structlog.get_logger(__name__)


async def tell_lost(session: AsyncSession, configured: Settings, account_id: UUID) -> list[str]:
    """Writes the notice of an outage, once per outage, to the assistant's chat and by e-mail; returns the ways taken.

    Nothing is written when the account is back or its owner knows already. The log says how he was told, or an admin
    learns that nobody could be.
    """
    account = await repository.get_session(session, None, account_id, lock=True)
    back = account is None or account.status not in (*DOWN, State.QR_READY, State.CONNECTING)
    if account is None or back or account.outage_told_at is not None or account.organization_id is None:
        return []
    owner = await repository.owner_of(session, account)
    ways = await _write(session, configured, account, owner) if owner is not None else []
    account.outage_told_at = await repository.database_now(session)
    if ways:
        await record.write(session, account, "told", "outage", "system", ", ".join(ways), severity="info")
    else:
        description = f"The number {account.phone} is not connected and its owner could not be told: no other channel."
        add_log(
            session,
            account.organization_id,
            "session.nobody_told",
            description,
            type="error",
            account_id=str(account_id),
        )
    return ways


async def _write(session: AsyncSession, configured: Settings, account: WhatsappAccount, owner: User) -> list[str]:
    assert account.organization_id is not None
    organization = await get_organization(session, account.organization_id)
    assistant = await repository.assistant(session)
    ways: list[str] = []
    if owner.whatsapp_phone is None:  # the outbox only writes to people it knows by their phone
        return ways
    async with own_words(session, account.organization_id):
        key = "sessions.banned" if account.status == State.BANNED else "sessions.lost"
        body = say(
            owner.preferred_language, key, form=owner.address_form, phone=phone_to_read(account.phone or ""),
            link=links.page_url(configured, account.id),
        )  # fmt: skip
        common = {"organization_id": account.organization_id, "to_phone": owner.whatsapp_phone, "body": body}
        if assistant is not None:
            await outbox.enqueue(session, OutgoingMessage(account_id=assistant.id, **common))
            ways.append("assistant")
        email = owner.email or organization.email
        if configured.smtp_url is not None and email:
            await outbox.enqueue(
                session, OutgoingMessage(account_id=account.id, channel="email", to_email=email, **common)
            )
            ways.append("e-mail")
    return ways
