"""Notices that a company asks for: its client has opened what was sent (R184, R187). Off until it says so (R183)."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import database, queue
from db.repositories import accounts, conversations
from db.repositories import notices as repository
from prompts.replies import say
from services.documents import service as documents
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words

KEY = "notices"
"""Where the choices stand in ``organizations.settings``."""


class NoticeChoices(BaseModel):
    """What a company wants to be told without asking. ``ready``: a client has opened its document."""

    model_config = ConfigDict(extra="ignore")

    ready: bool = False


async def read(session: AsyncSession, organization_id: UUID) -> NoticeChoices:
    """The choices of a company; the defaults where it has said nothing."""
    organization = await accounts.get_organization(session, organization_id)
    return NoticeChoices.model_validate(organization.settings.get(KEY) or {})


async def choose(session: AsyncSession, organization_id: UUID, choices: NoticeChoices) -> NoticeChoices:
    """Replaces the choices of a company."""
    await repository.set_choices(session, organization_id, KEY, choices.model_dump(mode="json"))
    accounts.add_log(session, organization_id, "notices.changed", choices.model_dump_json(), type="audit")
    return choices


@queue.periodic(cron="* * * * *")
@queue.task(name="tell_what_was_read", queueing_lock="tell_what_was_read", pass_context=False)
async def tell_what_was_read(timestamp: int) -> None:
    """One sentence per document that a client has opened, to the companies that want it, once."""
    async with database().system() as session:
        rows = await repository.opened_copies(session, KEY)
    for row in rows:
        async with database().system() as session:
            await _tell(session, row.id)


async def _tell(session: AsyncSession, outbox_id: UUID) -> None:
    row = await repository.claim_opened(session, outbox_id)
    if row is None:
        return
    found = await conversations.command_chat(session, row.organization_id, row.conversation_id)
    if found is None:
        return
    chat, user, language = found
    document = await documents.load(session, row.organization_id, row.document_kind, row.document_id)
    async with own_words(session, row.organization_id):
        body = say(
            language,
            "answers.client_has_read",
            form=user.address_form,
            number=document.number,
            client=document.buyer.name if document.buyer else "",
        )
        message = OutgoingMessage(
            organization_id=row.organization_id,
            account_id=chat.account_id,
            chat_id=chat.id,
            to_phone=user.whatsapp_phone,
            body=body,
            conversation_id=row.conversation_id,
        )
        await outbox.enqueue(session, message)
