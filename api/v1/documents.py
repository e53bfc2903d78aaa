"""A company's quotes and invoices: lists, content, files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.errors import ApiError, errors
from api.v1.access import TenantDep, allowed
from services.attachments import listing as attachments
from services.documents import issued, lookup
from services.documents import service as documents
from services.documents.facturx import Syntax
from services.documents.issued import NotIssued, NotReady, StoredFile
from services.documents.ledger import QuoteAccount, account_of
from services.documents.lookup import DocumentSummary
from services.documents.outline import outline
from services.documents.schemas import DocumentKind, VatLine

PARIS = ZoneInfo("Europe/Paris")
Status = Literal["draft", "issued", "sent", "unpaid", "overdue", "paid", "accepted"]
router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/documents",
    tags=["documents"],
    dependencies=[allowed("documents:read")],
    responses=errors(404),
)


class AccountAnswer(BaseModel):
    """What a quote has come to, EUR incl. VAT; ``rows`` per category and rate. ``invoices`` are numbers in order."""

    contracted: Decimal
    invoiced: Decimal
    paid: Decimal
    remaining: Decimal
    rows: dict[Literal["contracted", "invoiced", "paid", "remaining"], list[VatLine]]
    invoices: list[str]


class LinkAnswer(BaseModel):
    """An address that needs no login, and the moment it stops working."""

    url: str
    expires_at: datetime


class DocumentAnswer(BaseModel):
    """A document's content: amounts are decimal strings in EUR. An issued quote has an account."""

    id: UUID
    document: dict[str, Any]
    account: AccountAnswer | None = None


@router.get("")
async def list_documents(
    tenant: TenantDep,
    kind: Annotated[DocumentKind | None, Query(description='"invoice" lists invoices of every kind.')] = None,
    status: Annotated[Status | None, Query(description="unpaid and overdue are about invoices.")] = None,
    client_id: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[DocumentSummary]:
    """Documents, last touched first; what is owed with the latest first."""
    today = datetime.now(UTC).astimezone(PARIS).date()
    async with tenant.session() as session:
        return await lookup.list_documents(
            session, tenant.id, today=today, kind=kind, status=status, client_id=client_id, limit=limit
        )


@router.get("/{kind}/{document_id}")
async def read_document(tenant: TenantDep, kind: DocumentKind, document_id: UUID) -> DocumentAnswer:
    """Kind, number, status, client, lines and amounts; of a quote what is contracted, invoiced and paid."""
    async with tenant.session() as session:
        try:
            row = await issued.row_of(session, tenant.id, kind, document_id)
            document = await documents.load(session, tenant.id, kind, document_id)
        except documents.NotFound as error:
            raise ApiError(404, "There is no such document.") from error
        account = None
        if kind == "quote" and row.snapshot is not None:
            account = _account(await account_of(session, tenant.id, document_id))
        return DocumentAnswer(id=document_id, document=outline(document), account=account)


def _account(account: QuoteAccount) -> AccountAnswer:
    return AccountAnswer(
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


@router.get(
    "/{kind}/{document_id}/pdf",
    response_class=Response,
    responses=errors(409) | {200: {"content": {"application/pdf": {}}}},
)
async def read_pdf(tenant: TenantDep, kind: DocumentKind, document_id: UUID) -> Response:
    """The PDF exactly as it was sent; its SHA-256 is the ETag. 409 while it is being made."""
    async with tenant.session() as session:
        try:
            row = await issued.row_of(session, tenant.id, kind, document_id)
            found = await issued.pdf_of(row)
        except (documents.NotFound, NotIssued) as error:
            raise ApiError(404, "There is no such PDF: the document does not exist or is a draft.") from error
        except NotReady as error:
            raise ApiError(409, f"The PDF is not ready: {error}.") from error
    return _file(found, "application/pdf")


@router.get("/{kind}/{document_id}/pdf-link", responses=errors(409))
async def read_pdf_link(request: Request, tenant: TenantDep, kind: DocumentKind, document_id: UUID) -> LinkAnswer:
    """An address that opens the PDF without a login, for 24 hours: to be given to the client or to his accountant."""
    base_url = request.app.state.settings.public_url or str(request.base_url)
    async with tenant.session() as session:
        try:
            row = await issued.row_of(session, tenant.id, kind, document_id)
            link = await issued.pdf_link(row, base_url)
        except (documents.NotFound, NotIssued) as error:
            raise ApiError(404, "There is no such PDF: the document does not exist or is a draft.") from error
        except NotReady as error:
            raise ApiError(409, f"The PDF is not ready: {error}.") from error
    return LinkAnswer(url=link.url, expires_at=link.expires_at)


class AttachmentAnswer(BaseModel):
    """A file that the artisan sent for a document; ``outcome`` says what was read in it (docs/attachments.md)."""

    sent_at: datetime
    outcome: str
    lines: int
    url: str
    expires_at: datetime


@router.get("/{kind}/{document_id}/attachments")
async def list_attachments(
    request: Request, tenant: TenantDep, kind: DocumentKind, document_id: UUID
) -> list[AttachmentAnswer]:
    """Photos and files that belong to a document, oldest first, each with a link that opens it for 24 hours."""
    base_url = request.app.state.settings.public_url or str(request.base_url)
    async with tenant.session() as session:
        found = await attachments.of_document(session, tenant.id, kind, document_id, base_url)
    return [AttachmentAnswer(**vars(one)) for one in found]


@router.get("/{kind}/{document_id}/xml", response_class=Response, responses={200: {"content": {"application/xml": {}}}})
async def read_xml(
    tenant: TenantDep,
    kind: DocumentKind,
    document_id: UUID,
    syntax: Annotated[Syntax, Query(description="factur-x, cii (D22B) or ubl (2.1).")] = "factur-x",
) -> Response:
    """The electronic invoice, made from what was frozen at issue: the same request always gives the same bytes."""
    async with tenant.session() as session:
        try:
            row = await issued.row_of(session, tenant.id, kind, document_id)
            found = issued.xml_of(row, syntax)
        except (documents.NotFound, NotIssued) as error:
            raise ApiError(404, "Only an issued invoice has an electronic form.") from error
    return _file(found, "application/xml")


def _file(found: StoredFile, media_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
    if found.sha256:
        headers["ETag"] = f'"{found.sha256}"'
    return Response(found.content, media_type=media_type, headers=headers)
