"""Job of the company profile: a logo or an attestation sent in chat is fetched from the provider and kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import database, defer, queue
from db.repositories.outbox import provider_of
from prompts.replies import say
from services.accounts import files
from services.accounts.files import CompanyFile, InvalidFile
from services.messaging import outbox
from services.messaging.channel import channel_of
from services.messaging.channel_errors import ChannelError
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words

ATTEMPTS = 4
"""Tries to fetch a file before the artisan is asked to send it again."""


async def request_file(
    session: AsyncSession,
    organization_id: UUID,
    kind: CompanyFile,
    *,
    message_ref: str,
    attachment_ref: str,
    reply: dict[str, Any],
) -> None:
    """Defers the fetching; ``reply`` says to which chat, in which language and form the result is told."""
    await defer(
        session,
        "keep_company_file",
        lock=f"company:{organization_id}",
        organization_id=str(organization_id),
        kind=kind,
        message_ref=message_ref,
        attachment_ref=attachment_ref,
        reply=reply,
    )


@queue.task(name="keep_company_file", pass_context=True, retry=RetryStrategy(max_attempts=ATTEMPTS, wait=3))
async def keep_company_file(
    job: JobContext,
    *,
    organization_id: str,
    kind: CompanyFile,
    message_ref: str,
    attachment_ref: str,
    reply: dict[str, Any],
) -> None:
    """Stores the file as the company's and says so. Running it again stores the same file under the same key."""
    tenant = UUID(organization_id)
    async with database().tenant(tenant) as session:
        provider = await provider_of(session, UUID(reply["account_id"]))
    try:
        content = (await channel_of(provider).download(message_ref, attachment_ref)).content
    except ChannelError:
        if (job.job.attempts if job.job else 0) + 1 < ATTEMPTS:
            raise
        content = b""
    async with database().tenant(tenant) as session:
        try:
            await files.store(session, tenant, kind, content)
            key, why = "company.file_stored", None
        except InvalidFile as error:
            key, why = "company.file_refused", error.reason
        async with own_words(session, tenant):
            message = OutgoingMessage(
                organization_id=tenant,
                account_id=UUID(reply["account_id"]),
                chat_id=UUID(reply["chat_id"]),
                to_phone=reply["to_phone"],
                body=say(reply["language"], key, form=reply["form"], file=kind, why=why),
            )
            await outbox.enqueue(session, message)
