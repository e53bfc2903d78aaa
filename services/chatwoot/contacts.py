"""Who a contact of the shared inbox is, as an admin says it (R263), in three steps.

1. A contact whose phone WhatsApp vouches for, and who is a verified artisan, is known by itself.
2. Anybody else is kept with his words and stands in the list of unmapped contacts; nothing is answered on his behalf.
3. An admin maps him to a verified artisan, or sets him aside. What he wrote in the last day is then answered, with the
   remark that it comes late (UX-15); older messages stay in the inbox as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from db.paging import Rows, Wanted
from db.queue import defer
from db.repositories import chatwoot as repository
from db.repositories.accounts import add_log, user_by_phone
from services.messaging.addresses import phone_of_text

ANSWERED_AFTERWARDS = timedelta(hours=24)
Status = Literal["unmapped", "mapped", "ignored"]


class ContactUnknown(LookupError):
    """There is no such contact."""


class NotAnArtisan(ValueError):
    """No active user with a verified phone is meant."""


class BelongsElsewhere(ValueError):
    """The contact's conversations belong to another company; one thread is never shared by two."""


async def listed(session: AsyncSession, status: Status | None, wanted: Wanted) -> Rows[Row[Any]]:
    """Contacts with what they wrote last."""
    return await repository.contacts(session, status, wanted)


async def map_contact(
    session: AsyncSession, contact_id: UUID, *, user_id: UUID | None = None, phone: str | None = None
) -> int:
    """Says that a contact is an artisan, named by id or command phone; returns how many conversations are answered now.

    Raises ``ContactUnknown``, ``NotAnArtisan``, ``BelongsElsewhere``.
    """
    contact = await repository.lock_contact(session, contact_id)
    if contact is None:
        raise ContactUnknown(str(contact_id))
    if user_id is None:
        found = await user_by_phone(session, phone_of_text(phone) or "")
        user_id = found.id if found else None
    user = await repository.verified_user(session, user_id) if user_id else None
    if user is None:
        raise NotAnArtisan(str(user_id or phone))
    if await repository.owners_of_chats(session, contact) - {user.organization_id}:
        raise BelongsElsewhere(str(contact_id))
    await repository.set_contact(session, contact_id, "mapped", user.id, user.organization_id)
    since = datetime.now(UTC) - ANSWERED_AFTERWARDS
    waiting = await repository.claim_chats(session, user.organization_id, user.id, contact, since)
    for chat_id in waiting:
        tenant = str(user.organization_id)
        await defer(session, "turn", lock=f"chat:{chat_id}", chat_id=str(chat_id), organization_id=tenant)
    add_log(session, user.organization_id, "contact.mapped", contact.name or contact.contact_ref, type="audit",
            user_id=user.id, contact_id=str(contact_id))  # fmt: skip
    return len(waiting)


async def set_aside(session: AsyncSession, contact_id: UUID, status: Literal["unmapped", "ignored"]) -> None:
    """Takes a mapping back, or sets a contact aside for good: he gives no orders. Raises ``ContactUnknown``."""
    contact = await repository.lock_contact(session, contact_id)
    if contact is None:
        raise ContactUnknown(str(contact_id))
    await repository.set_contact(session, contact_id, status, None, None)
    if contact.status == "mapped":
        await repository.release_chats(session, contact)
        add_log(session, contact.organization_id, "contact.unmapped", contact.name or contact.contact_ref,
                type="audit", contact_id=str(contact_id))  # fmt: skip
