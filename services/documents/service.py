"""Use cases of quotes and invoices: keep a draft, show it, issue it, send it, go back. Called by tools, routers and jobs.

Nothing is issued or sent without an approval of exactly the version that the artisan was shown (DESIGN §7); the database
refuses what this module would get wrong.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DocumentVersion, Invoice, Quote
from db.models.base import new_id
from db.queue import defer
from db.repositories import documents as repository
from db.repositories.accounts import add_log
from db.repositories.documents import DocumentRow
from services.billing import plan_limits
from services.documents import consequences, content, follow_ups, ledger
from services.documents.completeness import NotComplete, blocking, missing_for_issue
from services.documents.consent import ConsentMissing, Word, approve
from services.documents.mentions import mentions_for
from services.documents.numbering import allocate
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, DocumentKind, Seller
from services.documents.totals import compute_totals
from services.einvoicing import service as einvoicing
from services.operations.metrics import DOCUMENTS_ISSUED, on_commit

__all__ = ["ConsentMissing", "approve"]

WATERMARK = "BROUILLON"


class NotFound(LookupError):
    """No such document in this organization."""


class Outdated(RuntimeError):
    """Somebody else changed the document since it was read: read it again."""


def new_document(kind: DocumentKind, *, validity_days: int = 30, due_days: int = 30) -> Document:
    """An empty draft, not stored before ``save``."""
    return Document(id=new_id(), kind=kind, version=0, validity_days=validity_days, due_days=due_days)


async def load(session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID) -> Document:
    """The current content of a document. Raises ``NotFound``."""
    found = await repository.get_content(session, organization_id, kind, document_id)
    if found is None:
        raise NotFound(str(document_id))
    return content.from_snapshot(*found)


async def any_issued(session: AsyncSession, organization_id: UUID) -> bool:
    """True once the company has issued a document."""
    return bool(await repository.issued_rows(session, organization_id, limit=1))


async def save(
    session: AsyncSession,
    organization_id: UUID,
    document: Document,
    *,
    user_id: UUID | None = None,
    conversation_id: UUID | None = None,
    message_id: UUID | None = None,
) -> None:
    """Stores the content as a new version: row, lines and snapshot.

    A version with the same amounts, VAT and recipient as the one before keeps that one's recap (UX-41: wording only).
    Raises ``FollowUpRefused`` (``quote_signed``) for a quote that the client signed: its change is an amendment; and
    ``Outdated`` when the document was changed since it was read.
    """
    row = await repository.get_row(session, organization_id, document.kind, document.id, lock=True)
    if row is None:
        row = _new_row(document, organization_id, user_id, conversation_id)
        session.add(row)
        previous = None
    else:
        if is_signed(row):
            raise FollowUpRefused("quote_signed", number=row.number)
        if row.version != document.version:
            raise Outdated(str(document.id))
        previous = await repository.get_recap(session, organization_id, document.id, row.version)
    totals = compute_totals(document)
    document.version += 1
    row.version = document.version
    row.conversation_id = conversation_id or row.conversation_id
    content.write_amounts(row, document, totals)
    payload = content.payload_hash(document, totals)
    await session.flush()
    await repository.replace_items(
        session, organization_id, document.kind, document.id, content.item_rows(document, totals)
    )
    repository.add_version(
        session,
        DocumentVersion(
            organization_id=organization_id,
            document_kind=document.kind,
            document_id=document.id,
            version=document.version,
            payload_hash=payload,
            snapshot=content.snapshot(document),
            inbound_message_id=message_id,
            user_id=user_id,
            recap_shown_at=previous.recap_shown_at if previous and previous.payload_hash == payload else None,
        ),
    )
    await session.flush()


def _new_row(
    document: Document, organization_id: UUID, user_id: UUID | None, conversation_id: UUID | None
) -> DocumentRow:
    common = {
        "id": document.id,
        "organization_id": organization_id,
        "created_by": user_id,
        "conversation_id": conversation_id,
    }
    return Quote(**common) if document.kind == "quote" else Invoice(**common, type=document.kind)


async def mark_shown(session: AsyncSession, organization_id: UUID, document: Document) -> None:
    """Notes that the artisan is being shown this version, so that his next word can approve it."""
    await repository.mark_shown(session, organization_id, document.id, document.version)


async def issue(
    session: AsyncSession,
    organization_id: UUID,
    document: Document,
    seller: Seller,
    *,
    word: Word,
    now: datetime,
    number: str | None = None,
) -> Document:
    """Gives the number, freezes seller, buyer, lines, totals and mentions.

    An issued quote that was changed keeps its number and gets the next revision (UX-49). ``number`` is for documents
    brought from elsewhere, which have one already and are taken as they were. Raises ``NotComplete`` when the law wants
    more on it, ``FollowUpRefused`` when its quote or its original does not allow it (any more), ``ConsentMissing``,
    ``Outdated`` when the document was changed since it was read, and ``LimitReached`` when the plan includes no more.
    """
    row = await repository.get_row(session, organization_id, document.kind, document.id, lock=True)
    if row is None:
        raise NotFound(str(document.id))
    if row.number is not None and row.issued_version == row.version:
        return document
    if row.version != document.version:
        raise Outdated(str(document.id))
    today = now.date()
    if row.number is None and number is None:
        await plan_limits.require(session, organization_id, "documents_per_month")
    if number is None:
        await _require_complete(session, organization_id, document, seller, today)
    account, original = await follow_ups.for_issue(session, organization_id, document, today=today)
    approval = await approve(session, organization_id, document, "issue", word)
    if row.number is None:
        row.number = number or await allocate(session, organization_id, document.kind, today)
    else:
        row.revision += 1
    document.number, document.revision, document.status = row.number, row.revision, "issued"
    content.set_dates(row, document, today)
    totals = compute_totals(document)
    row.status = "issued"
    row.issued_version, row.issue_approval_id, row.issue_approval_kind = document.version, approval.id, "issue"
    document.issued_version = document.version
    mentions = mentions_for(document, seller, totals, today)
    row.snapshot = content.frozen(document, seller, totals, mentions, issued_at=now)
    row.pdf_status, row.pdf_key, row.pdf_sha256 = "pending", pdf_key(organization_id, document), None
    row.sent_via_whatsapp_at = None
    await session.flush()
    await consequences.after_issue(session, organization_id, row, document, totals, account, original, now)
    await einvoicing.issued(session, organization_id, document, totals)
    on_commit(session, DOCUMENTS_ISSUED.labels(document.kind).inc)
    return document


async def accept(session: AsyncSession, organization_id: UUID, quote_id: UUID, *, accepted_on: date) -> Document:
    """Notes that the client signed a quote or an amendment: from now on a change of it is an amendment (UX-49).

    The first day that was told stays. Raises ``NotFound``, and ``FollowUpRefused`` for a draft (``quote_not_issued``)
    or a quote that was refused or replaced (``quote_refused``).
    """
    row = await repository.get_row(session, organization_id, "quote", quote_id, lock=True)
    if not isinstance(row, Quote):
        raise NotFound(str(quote_id))
    if row.number is None:
        raise FollowUpRefused("quote_not_issued")
    if row.status in ("cancelled", "superseded"):
        raise FollowUpRefused("quote_refused", number=row.number)
    row.status, row.accepted_on = "accepted", row.accepted_on or accepted_on
    add_log(session, organization_id, "quote.accepted", row.number, type="audit", about=row.id)
    await session.flush()
    account = await ledger.account_of(session, organization_id, row.amends_id or row.id)
    await ledger.enter_acceptance(session, organization_id, account, row.id)
    return await load(session, organization_id, "quote", quote_id)


async def reject(session: AsyncSession, organization_id: UUID, quote_id: UUID) -> Document:
    """Notes that the client does not want an issued quote: it is invoiced no more, unless he accepts it after all.

    Raises ``NotFound``, and ``FollowUpRefused`` for a draft (``quote_not_issued``) or a contract (``quote_signed``).
    """
    row = await repository.get_row(session, organization_id, "quote", quote_id, lock=True)
    if not isinstance(row, Quote):
        raise NotFound(str(quote_id))
    if row.number is None:
        raise FollowUpRefused("quote_not_issued")
    if is_signed(row):
        raise FollowUpRefused("quote_signed", number=row.number)
    row.status = "rejected"
    await session.flush()
    return await load(session, organization_id, "quote", quote_id)


def is_signed(row: DocumentRow) -> bool:
    """The client agreed to this quote, or its works are invoiced already: it is a contract (legal.md 15)."""
    return isinstance(row, Quote) and (row.status == "accepted" or row.accepted_on is not None)


async def _require_complete(
    session: AsyncSession, organization_id: UUID, document: Document, seller: Seller, today: date
) -> None:
    quote = None
    if document.kind == "deposit" and document.quote_id is not None:
        quote = await repository.get_row(session, organization_id, "quote", document.quote_id)
    accepted_on = quote.accepted_on if isinstance(quote, Quote) else None
    if missing := blocking(missing_for_issue(document, seller, today=today, accepted_on=accepted_on)):
        raise NotComplete(missing)


async def request_pdf(
    session: AsyncSession, organization_id: UUID, document: Document, *, outbox: dict[str, object] | None
) -> None:
    """Defers the rendering; ``outbox`` is the message that carries the PDF to the artisan once it exists, if one does."""
    await defer(
        session,
        "generate_pdf",
        lock=f"pdf:{document.id}",
        organization_id=str(organization_id),
        kind=document.kind,
        document_id=str(document.id),
        revision=document.revision,
        outbox=outbox,
    )


async def request_preview(
    session: AsyncSession,
    organization_id: UUID,
    document: Document,
    seller: Seller,
    *,
    now: datetime,
    outbox: dict[str, object] | None,
) -> None:
    """Defers the rendering of a stored draft, marked as such; ``outbox`` carries it to the artisan; None: to the office."""
    await defer(
        session,
        "preview_pdf",
        lock=f"pdf:{document.id}",
        organization_id=str(organization_id),
        kind=document.kind,
        document_id=str(document.id),
        version=document.version,
        on=now.isoformat(),
        seller=seller.model_dump(mode="json"),
        outbox=outbox,
    )


def preview(document: Document, seller: Seller, now: datetime) -> dict[str, Any]:
    """What a draft would be frozen as if it were issued now, without a number and with a watermark across the page."""
    today = now.date()
    shown = document.model_copy(update={"number": None, "issue_date": today})
    totals = compute_totals(shown)
    mentions = mentions_for(shown, seller, totals, today)
    return {**content.frozen(shown, seller, totals, mentions, issued_at=now), "watermark": WATERMARK}


def preview_key(organization_id: UUID, document: Document) -> str:
    """Where the preview of a draft's version is stored."""
    return f"org/{organization_id}/previews/{WATERMARK}-{document.id.hex[:8]}-{document.version}.pdf"


def filename(document: Document) -> str:
    """DEVIS-2026-0042.pdf, and DEVIS-2026-0042-v2.pdf for a revised quote."""
    suffix = f"-v{document.revision}" if document.revision > 1 else ""
    return f"{document.number}{suffix}.pdf"


def pdf_key(organization_id: UUID, document: Document) -> str:
    """Where the PDF is stored (C24)."""
    folder = "quotes" if document.kind == "quote" else "invoices"
    year = (document.issue_date or date.today()).year
    return f"org/{organization_id}/{folder}/{year}/{filename(document)}"


async def undo(session: AsyncSession, organization_id: UUID, document: Document, base: int) -> Document | None:
    """The content as it was before version ``base``, to be saved as a new version; None when there is nothing before."""
    for version in range(min(base - 1, document.version), 0, -1):  # what was asked for may lie far in the future
        earlier = await repository.get_version(session, organization_id, document.id, version)
        if earlier is None:
            continue
        restored = Document.model_validate(earlier.snapshot)
        restored.version, restored.status, restored.number = document.version, document.status, document.number
        restored.revision, restored.issue_date = document.revision, document.issue_date
        restored.issued_version = document.issued_version
        if not content.same_content(restored, document):
            return restored
    return None


async def cancel_draft(session: AsyncSession, organization_id: UUID, document: Document) -> None:
    """Gives a draft up; its content stays stored. An issued document is left as it is."""
    row = await repository.get_row(session, organization_id, document.kind, document.id, lock=True)
    if row is not None and row.number is None:
        row.status = "cancelled"
        await session.flush()
