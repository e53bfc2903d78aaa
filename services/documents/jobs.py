"""Jobs of documents: the PDF after issue, and what the delivery to a client changes."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import database, queue
from db.repositories import documents as repository
from db.repositories.accounts import add_log
from prompts.replies import say
from services.documents import events, rendering, sending
from services.documents import service as documents
from services.documents.schemas import Seller
from services.einvoicing import service as einvoicing
from services.messaging import outbox as outgoing
from services.messaging.schemas import OutgoingMessage
from services.storage.service import StoreDown, storage
from services.wording.service import own_words

log = structlog.get_logger()
PDF_ATTEMPTS = 2
"""One retry, then the artisan is told and an admin sees it (R135, C30)."""
STORE_ATTEMPTS = 10
"""Tries while the company's logo cannot be fetched because the object store is down: about eight hours (R272)."""


@queue.task(
    name="generate_pdf", pass_context=True, retry=RetryStrategy(max_attempts=STORE_ATTEMPTS, wait=2, exponential_wait=3)
)
async def generate_pdf(
    job: JobContext, *, organization_id: str, kind: str, document_id: str, revision: int, outbox: dict[str, Any] | None
) -> None:
    """Renders the frozen document, stores it and sends it to the artisan with its caption. Running it again is safe.

    ``outbox`` is None for a document that the office issued: nobody waits for it in a chat.
    """
    tenant, document = UUID(organization_id), UUID(document_id)
    async with database().tenant(tenant) as session:
        row = await repository.get_row(session, tenant, kind, document)
        if row is None or row.snapshot is None or row.revision != revision or row.pdf_status == "ready":
            return
        snapshot, key, number = row.snapshot, row.pdf_key, row.number
    assert key is not None
    try:
        seller = snapshot["seller"]
        logo, attestation = await _file(seller.get("logo_key")), await _file(seller.get("attestation_key"))
        pdf = await rendering.render(snapshot, logo, attestation)
        await storage().put(key, pdf)
        xml_sha256 = await asyncio.to_thread(_xml_sha256, pdf)
    except Exception as error:
        log.exception("pdf.failed", document=document_id, number=number)
        most = STORE_ATTEMPTS if isinstance(error, StoreDown) else PDF_ATTEMPTS
        if (job.job.attempts if job.job else 0) + 1 < most:
            raise
        await _give_up(tenant, kind, document, number, outbox, error)
        return
    async with database().tenant(tenant) as session:
        row = await repository.get_row(session, tenant, kind, document, lock=True)
        if row is None or row.pdf_status == "ready":
            return
        row.pdf_status, row.pdf_sha256 = "ready", hashlib.sha256(pdf).hexdigest()
        row.previewed_at = func.now()
        await _tell(
            session,
            tenant,
            outbox,
            body=outbox["body"] if outbox else None,
            kind="document",
            attachment_key=key,
            filename=key.rsplit("/", 1)[-1],
            media_type=sending.PDF,
            document_kind=kind,
            document_id=document,
        )
        add_log(session, tenant, "pdf.generated", f"PDF of {number}", document_id=document_id)
        await events.pdf_stored(session, tenant, row, pdf_sha256=row.pdf_sha256, xml_sha256=xml_sha256)
        await einvoicing.pdf_stored(session, tenant, row)


def _xml_sha256(pdf: bytes) -> str | None:
    from services.documents.archival_checks import attached_xml

    xml = attached_xml(pdf)
    return hashlib.sha256(xml).hexdigest() if xml is not None else None


@queue.task(name="preview_pdf", retry=RetryStrategy(max_attempts=PDF_ATTEMPTS, wait=2))
async def preview_pdf(
    *,
    organization_id: str,
    kind: str,
    document_id: str,
    version: int,
    on: str,
    seller: dict[str, Any],
    outbox: dict[str, Any] | None,
) -> None:
    """Renders a draft with its watermark and sends it to the artisan; a draft that changed since is left to its successor.

    ``outbox`` is None for the office, which fetches the file.
    """
    tenant, draft_id = UUID(organization_id), UUID(document_id)
    async with database().tenant(tenant) as session:
        draft = await documents.load(session, tenant, kind, draft_id)
    if draft.version != version:
        return
    maker = Seller.model_validate(seller)
    frozen = documents.preview(draft, maker, datetime.fromisoformat(on))
    pdf = await rendering.render(frozen, await _file(maker.logo_key))
    key = documents.preview_key(tenant, draft)
    await storage().put(key, pdf)
    if outbox is None:
        return
    async with database().tenant(tenant) as session, own_words(session, tenant):
        await _tell(
            session,
            tenant,
            outbox,
            body=say(outbox["language"], "answers.preview_caption", form=outbox["address_form"]),
            kind="document",
            attachment_key=key,
            filename=key.rsplit("/", 1)[-1],
            media_type=sending.PDF,
            document_kind=kind,
            document_id=draft_id,
        )


async def _file(key: str | None) -> bytes | None:
    return await storage().get(key) if key else None


async def _give_up(
    tenant: UUID, kind: str, document: UUID, number: str | None, outbox: dict[str, Any] | None, error: Exception
) -> None:
    async with database().tenant(tenant) as session:
        row = await repository.get_row(session, tenant, kind, document, lock=True)
        if row is not None:
            row.pdf_status = "failed"
        add_log(session, tenant, "pdf.failed", f"PDF of {number}: {error}", type="error", document_id=str(document))
        if outbox is None:
            return
        async with own_words(session, tenant):
            text = say(outbox["language"], "answers.pdf_failed", form=outbox["address_form"], number=number)
            await _tell(session, tenant, outbox, body=text)


async def _tell(session: AsyncSession, tenant: UUID, outbox: dict[str, Any] | None, **values: Any) -> None:
    if outbox is None:
        return
    await outgoing.enqueue(
        session,
        OutgoingMessage(
            organization_id=tenant,
            account_id=UUID(outbox["account_id"]),
            chat_id=UUID(outbox["chat_id"]),
            recipient="artisan",
            to_phone=outbox["to_phone"],
            conversation_id=UUID(outbox["conversation_id"]),
            provenance=outbox.get("provenance") or {},
            **values,
        ),
    )
