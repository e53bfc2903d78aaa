"""A company's quotes and invoices, read: content, history, files, copies that went to the client."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel

from api.errors import ApiError, errors
from api.v1.concurrency import etag
from api.v1.paging import Page, page_of, paging
from api.v1.shelves import DeskDep, ShelfDep, Shelves
from db.paging import Wanted
from db.repositories.document_lists import INVOICES, QUOTES
from services.attachments import listing as attachments
from services.documents import issued
from services.documents import service as documents
from services.documents.facturx import Syntax
from services.documents.issued import NotIssued, NotReady, StoredFile
from services.documents.lookup import DocumentSummary
from services.documents.schemas import Document
from services.messaging.cleaning import clean
from services.office import dossier, listing
from services.office.schemas import Day
from services.storage.service import NotStored, storage

shelves = Shelves("documents:read")
router = shelves.router
QuoteStatus = Literal["draft", "issued", "sent", "accepted", "rejected", "expired", "superseded", "cancelled"]
InvoiceStatus = Literal["draft", "issued", "sent", "partially_paid", "paid", "cancelled", "unpaid", "overdue"]
InvoiceKind = Literal["invoice", "deposit", "progress", "balance", "credit_note", "corrective"]
Number = Annotated[str | None, Query(min_length=1, max_length=40, description="A part of the number.")]
Text = Annotated[
    str | None, Query(min_length=1, max_length=100, description="In the number, the client's name or a line.")
]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


class LinkAnswer(BaseModel):
    """An address that needs no login, and the moment it stops working."""

    url: str
    expires_at: datetime


class AttachmentAnswer(BaseModel):
    """A file that the artisan sent for a document; ``outcome`` says what was read in it (docs/attachments.md)."""

    sent_at: datetime
    outcome: str
    lines: int
    url: str
    expires_at: datetime


@shelves.route("GET", "", only="quotes")
async def list_quotes(
    desk: DeskDep,
    wanted: Annotated[Wanted, paging(QUOTES)],
    status: QuoteStatus | None = None,
    client_id: UUID | None = None,
    number: Number = None,
    issued_from: Day | None = None,
    issued_to: Day | None = None,
    text: Text = None,
) -> Page[DocumentSummary]:
    """Quotes, newest first; drafts have no number and no issue date yet."""
    async with desk.open() as office:
        narrowed = listing.narrowed(
            status,
            office.today,
            _clean(text),
            client_id=client_id,
            number=_clean(number),
            issued_from=issued_from,
            issued_to=issued_to,
        )
        return page_of(await listing.page(office, "quote", wanted, narrowed), lambda row: row)


@shelves.route("GET", "", only="invoices")
async def list_invoices(
    desk: DeskDep,
    wanted: Annotated[Wanted, paging(INVOICES)],
    status: Annotated[InvoiceStatus | None, Query(description="unpaid and overdue are derived.")] = None,
    type: Annotated[InvoiceKind | None, Query(description="Of which kind; every kind without.")] = None,
    client_id: UUID | None = None,
    quote_id: Annotated[UUID | None, Query(description="Those that follow this quote.")] = None,
    number: Number = None,
    issued_from: Day | None = None,
    issued_to: Day | None = None,
    text: Text = None,
) -> Page[DocumentSummary]:
    """Invoices, deposits, situations, balances, credit notes and corrective invoices, newest first."""
    async with desk.open() as office:
        narrowed = listing.narrowed(
            status,
            office.today,
            _clean(text),
            types=[type] if type else None,
            client_id=client_id,
            quote_id=quote_id,
            number=_clean(number),
            issued_from=issued_from,
            issued_to=issued_to,
        )
        return page_of(await listing.page(office, "invoice", wanted, narrowed), lambda row: row)


def _clean(text: str | None) -> str | None:
    return (clean(text) or None) if text else None


@shelves.route("GET", "/{document_id}")
async def read_document(desk: DeskDep, shelf: ShelfDep, document_id: UUID, response: Response) -> dossier.Dossier:
    """Content, amounts, what the law still wants, file, money. ``ETag`` is the version, to be sent back in If-Match."""
    async with desk.open() as office:
        found = await dossier.read(office, shelf, document_id)
    response.headers["ETag"] = etag(found)
    return found


@shelves.route("GET", "/{document_id}/versions")
async def list_versions(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> list[dossier.VersionRow]:
    """The history of the content, newest first: who changed it, when, and when its recap was shown in the chat."""
    async with desk.open() as office:
        return await dossier.versions(office.session, office.id, shelf, document_id)


@shelves.route("GET", "/{document_id}/versions/{version}")
async def read_version(desk: DeskDep, shelf: ShelfDep, document_id: UUID, version: Version) -> Document:
    """The content as it was in one version."""
    async with desk.open() as office:
        return await dossier.version_of(office.session, office.id, shelf, document_id, version)


@shelves.route("GET", "/{document_id}/copies")
async def list_copies(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> list[dossier.Copy]:
    """What went, goes or did not go to the client, newest first."""
    async with desk.open() as office:
        return await dossier.copies(office.session, office.id, shelf, document_id)


@shelves.route(
    "GET",
    "/{document_id}/pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **errors(409)},
)
async def read_pdf(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> Response:
    """The PDF exactly as it was issued; its SHA-256 is the ETag. 409 while it is being made, 404 for a draft."""
    async with desk.open() as office:
        row = await issued.row_of(office.session, office.id, shelf, document_id)
        try:
            found = await issued.pdf_of(row)
        except NotIssued as error:
            raise ApiError(404, "A draft has no PDF; it has a preview.") from error
        except NotReady as error:
            raise ApiError(409, f"The PDF is not ready: {error}.") from error
    return _file(found, "application/pdf")


@shelves.route("GET", "/{document_id}/pdf-link", responses=errors(409))
async def read_pdf_link(request: Request, desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> LinkAnswer:
    """An address that opens the PDF without a login, for 24 hours: to be given to the client or to his accountant."""
    base_url = request.app.state.settings.public_url or str(request.base_url)
    async with desk.open() as office:
        row = await issued.row_of(office.session, office.id, shelf, document_id)
        try:
            link = await issued.pdf_link(row, base_url)
        except NotIssued as error:
            raise ApiError(404, "A draft has no PDF; it has a preview.") from error
        except NotReady as error:
            raise ApiError(409, f"The PDF is not ready: {error}.") from error
    return LinkAnswer(url=link.url, expires_at=link.expires_at)


@shelves.route(
    "GET",
    "/{document_id}/preview",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def read_preview(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> Response:
    """The draft's current version as a PDF marked BROUILLON, once it was drawn: ``POST`` asks for it."""
    async with desk.open() as office:
        document = await documents.load(office.session, office.id, shelf, document_id)
        key = documents.preview_key(office.id, document)
    try:
        found = await storage().get(key)
    except NotStored as error:
        raise ApiError(404, "This version has no preview (yet): ask for one and wait a moment.") from error
    return _file(StoredFile(key.rsplit("/", 1)[-1], found), "application/pdf")


@shelves.route("GET", "/{document_id}/attachments")
async def list_attachments(
    request: Request, desk: DeskDep, shelf: ShelfDep, document_id: UUID
) -> list[AttachmentAnswer]:
    """Photos and files that belong to a document, oldest first, each with a link that opens it for 24 hours."""
    base_url = request.app.state.settings.public_url or str(request.base_url)
    async with desk.open() as office:
        try:
            await issued.row_of(office.session, office.id, shelf, document_id)
        except documents.NotFound as error:
            raise ApiError(404, "There is no such document.") from error
        found = await attachments.of_document(office.session, office.id, shelf, document_id, base_url)
    return [AttachmentAnswer(**vars(one)) for one in found]


@shelves.route(
    "GET",
    "/{document_id}/xml",
    only="invoices",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}}},
)
async def read_xml(
    desk: DeskDep,
    shelf: ShelfDep,
    document_id: UUID,
    syntax: Annotated[Syntax, Query(description="factur-x, cii (D22B) or ubl (2.1).")] = "factur-x",
) -> Response:
    """The electronic invoice, made from what was frozen at issue: the same request always gives the same bytes."""
    async with desk.open() as office:
        row = await issued.row_of(office.session, office.id, shelf, document_id)
        try:
            found = issued.xml_of(row, syntax)
        except NotIssued as error:
            raise ApiError(404, "Only an issued invoice has an electronic form.") from error
    return _file(found, "application/xml")


def _file(found: StoredFile, media_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
    if found.sha256:
        headers["ETag"] = f'"{found.sha256}"'
    return Response(found.content, media_type=media_type, headers=headers)
