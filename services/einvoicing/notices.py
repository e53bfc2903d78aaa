"""What the artisan is told in his chat about an invoice on the platform, in his language, with what to do next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invoice
from db.repositories import conversations
from prompts.replies import say
from services.documents.schemas import Document
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words


async def tell(session: AsyncSession, organization_id: UUID, invoice: Invoice, key: str, **values: Any) -> None:
    """Writes the sentence ``key`` to the chat in which the invoice was made, else to the company's last command chat.

    Nothing is written where the company has no such chat (everything done by API); the history has it all the same.
    """
    found = await conversations.command_chat(session, organization_id, invoice.conversation_id)
    if found is None:
        return
    chat, user, language = found
    assert invoice.snapshot is not None
    document = Document.model_validate(invoice.snapshot["document"])
    async with own_words(session, organization_id):
        message = OutgoingMessage(
            organization_id=organization_id,
            account_id=chat.account_id,
            chat_id=chat.id,
            to_phone=user.whatsapp_phone,
            conversation_id=invoice.conversation_id,
            document_kind=invoice.type,
            document_id=invoice.id,
            body=say(
                language,
                key,
                form=user.address_form,
                number=invoice.number,
                client=document.buyer.name if document.buyer else "",
                **values,
            ),
        )
        await outbox.enqueue(session, message)
