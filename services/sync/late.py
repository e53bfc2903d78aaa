"""Orders that reach us a day late or more: kept, not acted upon, and said so once for all of them (UX-15, C40).

Up to a day late an order is worked on, and the answer begins with when it was sent. Older than that nobody knows
whether it still holds.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import WhatsappMessage
from db.repositories import conversations
from db.repositories import sync as repository
from prompts.replies import say
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words

PARIS = ZoneInfo("Europe/Paris")
SHOWN = 5
"""Messages that are quoted; of the rest only how many."""
LONGEST = 80
"""Characters of a quoted message."""


async def tell_of_stale(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> bool:
    """Writes the one notice about the messages of a chat that came too late; False when there is nothing to tell."""
    messages = await repository.take_stale(session, organization_id, chat_id)
    found = await conversations.speakers(session, organization_id, chat_id)
    if not messages or found is None:
        return False
    chat, user, _ = found
    run = await conversations.latest_conversation(session, organization_id, chat_id)
    language = run.language if run else user.preferred_language
    async with own_words(session, organization_id):
        body = say(
            language,
            "late.stale",
            form=user.address_form,
            messages=[_quoted(message) for message in messages[:SHOWN]],
            more=max(0, len(messages) - SHOWN),
        )
        notice = OutgoingMessage(
            organization_id=organization_id,
            account_id=chat.account_id,
            chat_id=chat.id,
            to_phone=user.whatsapp_phone,
            body=body,
        )
        await outbox.enqueue(session, notice)
    return True


def _quoted(message: WhatsappMessage) -> dict[str, str]:
    words = " ".join((message.text or "").split())
    if len(words) > LONGEST:
        words = words[: LONGEST - 1].rstrip() + "…"
    return {"words": words, "type": message.type, "at": moment_said(message.sent_at)}


def moment_said(sent_at: datetime) -> str:
    """Day and time as they are said to an artisan, Europe/Paris: "25/11 14:05"."""
    return sent_at.astimezone(PARIS).strftime("%d/%m %H:%M")
