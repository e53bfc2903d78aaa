"""What an artisan is told outside a turn: a sentence of the house's, in his language and his company's own words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import User, WhatsappChat
from prompts.replies import say
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words


async def tell(
    session: AsyncSession, organization_id: UUID, chat: WhatsappChat, user: User, sentence: str, **facts: Any
) -> None:
    """Puts ``sentence`` (a name of ``prompts/replies``, with its ``facts``) into the outbox for the chat's artisan."""
    async with own_words(session, organization_id):
        notice = OutgoingMessage(
            organization_id=organization_id,
            account_id=chat.account_id,
            chat_id=chat.id,
            to_phone=user.whatsapp_phone,
            body=say(user.preferred_language, sentence, form=user.address_form, **facts),
        )
        await outbox.enqueue(session, notice)
