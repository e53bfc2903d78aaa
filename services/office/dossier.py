"""A document with everything the office wants to see of it: content, amounts, what it lacks, file, money, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DocumentVersion, Invoice, Outbox, Quote
from db.repositories import document_lists as lists
from db.repositories import documents as repository
from db.repositories.documents import DocumentRow
from services.documents import payments
from services.documents import service as documents
from services.documents.completeness import Missing, missing_for_issue
from services.documents.content import from_snapshot, payload_hash
from services.documents.ledger import QuoteAccount, account_of
from services.documents.schemas import Document, DocumentKind, Totals, VatLine
from services.documents.totals import compute_totals
from services.office.drafting import Office, Shelf


class Money(BaseModel):
    """What an invoice came to, EUR incl. VAT. ``due_now`` leaves out a retention that is held back."""

    paid: Decimal
    credited: Decimal
    open: Decimal
    due_now: Decimal


class Account(BaseModel):
    """What a quote has come to, EUR incl. VAT; ``rows`` per category and rate. ``invoices`` are numbers in order."""

    contracted: Decimal
    invoiced: Decimal
    paid: Decimal
    remaining: Decimal
    rows: dict[Literal["contracted", "invoiced", "paid", "remaining"], list[VatLine]]
    invoices: list[str]


class Dossier(BaseModel):
    """A quote or an invoice. An issued one shows what was frozen at issue, until a new version of a quote is written.

    ``version`` and ``recap`` name what is shown here: whoever issues or sends it says both back.
    """

    id: UUID
    kind: DocumentKind
    status: str
    number: str | None
    version: int
    recap: str
    revision: int = Field(description="Printed version of an issued quote: 1, 2…")
    issued_version: int | None
    created_at: datetime
    updated_at: datetime
    document: Document
    totals: Totals
    missing: list[Missing] = Field(description="What the law still wants; `blocking` ones stop the issue.")
    pdf_status: Literal["none", "pending", "ready", "failed"]
    pdf_sha256: str | None
    sent_to: str | None
    sent_channel: str | None
    valid_until: date | None = None
    accepted_on: date | None = None
    money: Money | None = None
    account: Account | None = None


class VersionRow(BaseModel):
    """A state of the content: who wrote it (None = a program or the installation), and by which message in the chat."""

    version: int
    recap: str
    created_at: datetime
    user_id: UUID | None
    message_id: UUID | None
    shown_at: datetime | None = Field(description="When its recap was shown in the chat.")
    total: Decimal
    lines: int


class Copy(BaseModel):
    """A copy for the client: where it went and how far it came."""

    id: UUID
    channel: str
    to: str | None
    status: str
    error: str | None
    created_at: datetime
    leaves_at: datetime | None
    sent_at: datetime | None


async def read(office: Office, shelf: Shelf, document_id: UUID) -> Dossier:
    """The document as it stands. Raises ``NotFound``."""
    found = await repository.get_content(office.session, office.id, shelf, document_id)
    if found is None:
        raise documents.NotFound(str(document_id))
    row, content, client = found
    document, totals = _shown(row, from_snapshot(row, content, client))
    recap = await repository.get_recap(office.session, office.id, document_id, row.version)
    dossier = Dossier(
        id=row.id,
        kind=document.kind,
        status=row.status,
        number=row.number,
        version=row.version,
        recap=recap.payload_hash if recap else payload_hash(document, totals),
        revision=row.revision,
        issued_version=row.issued_version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        document=document,
        totals=totals,
        missing=[] if row.issued_version == row.version else await _missing(office, document),
        pdf_status=row.pdf_status,
        pdf_sha256=row.pdf_sha256,
        sent_to=row.sent_to,
        sent_channel=row.sent_channel,
    )
    if isinstance(row, Invoice):
        dossier.money = _money(row, office.today)
    else:
        dossier.valid_until, dossier.accepted_on = row.validity_date, row.accepted_on
        if row.snapshot is not None and row.amends_id is None:
            dossier.account = _account(await account_of(office.session, office.id, row.id))
    return dossier


def _shown(row: DocumentRow, document: Document) -> tuple[Document, Totals]:
    if row.snapshot is None or row.issued_version != row.version:
        return document, compute_totals(document)
    frozen = Document.model_validate(row.snapshot["document"])
    frozen.status, frozen.issued_version = row.status, row.issued_version
    return frozen, Totals.model_validate(row.snapshot["totals"])


async def _missing(office: Office, document: Document) -> list[Missing]:
    accepted_on = None
    if document.quote_id is not None:
        quote = await repository.get_row(office.session, office.id, "quote", document.quote_id)
        accepted_on = quote.accepted_on if isinstance(quote, Quote) else None
    return missing_for_issue(document, office.seller, today=office.today, accepted_on=accepted_on)


def _money(row: Invoice, today: date) -> Money:
    return Money(
        paid=row.paid_amount,
        credited=row.credited_amount,
        open=payments.open_amount(row),
        due_now=payments.due_now(row, today),
    )


def _account(account: QuoteAccount) -> Account:
    return Account(
        contracted=account.contracted_total,
        invoiced=account.invoiced_total,
        paid=account.paid_total,
        remaining=account.remaining_total,
        rows={
            "contracted": account.contracted,
            "invoiced": account.invoiced,
            "paid": account.paid,
            "remaining": account.remaining,
        },
        invoices=[invoice.number for invoice in account.invoices],
    )


async def versions(session: AsyncSession, organization_id: UUID, shelf: Shelf, document_id: UUID) -> list[VersionRow]:
    """The history of a document, newest first. Raises ``NotFound``."""
    if await repository.get_row(session, organization_id, shelf, document_id) is None:
        raise documents.NotFound(str(document_id))
    return [_version(row) for row in await lists.versions_of(session, organization_id, document_id)]


async def version_of(
    session: AsyncSession, organization_id: UUID, shelf: Shelf, document_id: UUID, version: int
) -> Document:
    """The content as it was in one version. Raises ``NotFound``."""
    row = await repository.get_row(session, organization_id, shelf, document_id)
    found = await repository.get_version(session, organization_id, document_id, version)
    if row is None or found is None:
        raise documents.NotFound(f"{document_id} version {version}")
    return Document.model_validate(found.snapshot)


def _version(row: DocumentVersion) -> VersionRow:
    content = Document.model_validate(row.snapshot)
    return VersionRow(
        version=row.version,
        recap=row.payload_hash,
        created_at=row.created_at,
        user_id=row.user_id,
        message_id=row.inbound_message_id,
        shown_at=row.recap_shown_at,
        total=compute_totals(content).total,
        lines=len(content.lines),
    )


async def copies(session: AsyncSession, organization_id: UUID, shelf: Shelf, document_id: UUID) -> list[Copy]:
    """What went, goes or did not go to the client, newest first. Raises ``NotFound``."""
    if await repository.get_row(session, organization_id, shelf, document_id) is None:
        raise documents.NotFound(str(document_id))
    found: Sequence[Outbox] = await lists.copies_of(session, organization_id, document_id)
    return [
        Copy(
            id=row.id,
            channel=row.channel,
            to=row.to_phone or row.to_email,
            status=row.status,
            error=row.error,
            created_at=row.created_at,
            leaves_at=row.not_before,
            sent_at=row.sent_at,
        )
        for row in found
    ]
