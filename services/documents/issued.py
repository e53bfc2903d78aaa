"""An issued document read back: its PDF as stored, its electronic form from what was frozen at issue."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import documents as repository
from db.repositories.documents import DocumentRow
from services.documents.facturx import Syntax, invoice_xml, is_electronic
from services.documents.mentions import Mention
from services.documents.schemas import Document, Seller, Totals
from services.documents.service import NotFound
from services.storage.links import Link, link_to
from services.storage.service import storage


class NotIssued(LookupError):
    """The document is a draft, or a quote was asked for its electronic form: there is no such file."""


class NotReady(RuntimeError):
    """The PDF is being made, or could not be made (``pdf_status``)."""


@dataclass(frozen=True)
class StoredFile:
    """A file of an issued document; ``sha256`` of its bytes where it was kept."""

    name: str
    content: bytes
    sha256: str | None = None


async def row_of(session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID) -> DocumentRow:
    """The row of a quote, or of an invoice of any kind. Raises ``NotFound``."""
    row = await repository.get_row(session, organization_id, kind, document_id)
    if row is None:
        raise NotFound(str(document_id))
    return row


async def pdf_of(row: DocumentRow) -> StoredFile:
    """The PDF as it was sent. Raises ``NotIssued``, ``NotReady``."""
    if row.number is None or row.pdf_key is None:
        raise NotIssued(str(row.id))
    if row.pdf_status != "ready":
        raise NotReady(row.pdf_status)
    return StoredFile(row.pdf_key.rsplit("/", 1)[-1], await storage().get(row.pdf_key), row.pdf_sha256)


async def pdf_link(row: DocumentRow, base_url: str) -> Link:
    """A link that opens the PDF without a login, for 24 hours (R134). Raises ``NotIssued``, ``NotReady``."""
    if row.number is None or row.pdf_key is None:
        raise NotIssued(str(row.id))
    if row.pdf_status != "ready":
        raise NotReady(row.pdf_status)
    return await link_to(storage(), row.pdf_key, row.pdf_key.rsplit("/", 1)[-1], base_url, inline=True)


def xml_of(row: DocumentRow, syntax: Syntax) -> StoredFile:
    """The invoice in one of the three syntaxes of the reform (legal.md 66). Raises ``NotIssued``."""
    if row.snapshot is None:
        raise NotIssued(str(row.id))
    document = Document.model_validate(row.snapshot["document"])
    seller = Seller.model_validate(row.snapshot["seller"])
    if not is_electronic(document, seller):
        raise NotIssued(str(row.id))
    totals = Totals.model_validate(row.snapshot["totals"])
    mentions = [Mention.model_validate(mention) for mention in row.snapshot["mentions"]]
    content = invoice_xml(document, seller, totals, mentions, syntax=syntax)
    return StoredFile(f"{document.number}-{syntax}.xml", content)
