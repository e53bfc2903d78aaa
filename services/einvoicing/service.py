"""Use cases of e-invoicing, called where an invoice is issued, its PDF stored or a payment recorded: all within the
caller's transaction, and all doing nothing where e-invoicing is off."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EinvoiceStatus, Invoice, Payment
from db.queue import defer
from db.repositories import documents
from db.repositories import einvoicing as repository
from db.repositories.documents import DocumentRow
from db.settings import settings
from services.documents.einvoice_parties import buyer_siren
from services.documents.quote_account import billed_rows
from services.documents.rendering import thawed
from services.documents.schemas import Document, Seller, Totals, VatLine
from services.einvoicing import ereporting, notices
from services.einvoicing.lifecycle import ENDED, LABELS
from services.einvoicing.preferences import is_on
from services.einvoicing.recipients import processing_rule, seller_siren
from services.einvoicing.schemas import Collected, CollectedPayment
from services.einvoicing.shares import paid_part


class PlatformStatus(BaseModel):
    """Where an invoice stands on the platform. ``code`` None: handed over, no status yet; ``error``: it is held up."""

    code: int | None
    label: str | None
    reason_code: str | None = None
    reason: str | None = None
    error: str | None = None


async def issued(session: AsyncSession, organization_id: UUID, document: Document, totals: Totals) -> None:
    """An invoice was issued: its e-reporting rows, where the buyer is a consumer or abroad."""
    if document.kind == "quote" or document.issue_date is None or not await is_on(session, organization_id):
        return
    entries = ereporting.sales_entries(document, totals)
    if document.kind == "corrective" and document.corrects and document.corrects.id:
        entries += await _replaced(session, organization_id, document.corrects.id)
    await ereporting.record(
        session, organization_id, "transactions", entries, day=document.issue_date, document_id=document.id
    )


async def pdf_stored(session: AsyncSession, organization_id: UUID, row: DocumentRow) -> None:
    """An invoice's file is final: it goes to the platform when its buyer is a French business or public body.

    One submission per invoice, identified by a tracking id made of the invoice's own id: calling again changes nothing.
    """
    if not isinstance(row, Invoice) or row.snapshot is None or not await is_on(session, organization_id):
        return
    document, seller, _, _ = thawed(row.snapshot)
    if processing_rule(document.buyer) is None:
        return
    assert document.buyer is not None
    missing = [
        name for name, known in (("seller", seller_siren(seller)), ("buyer", buyer_siren(document.buyer))) if not known
    ]
    if missing:
        await notices.tell(session, organization_id, row, "einvoicing.siren_missing", who=missing[0])
        return
    configured = settings()
    submission_id = await repository.add_submission(
        session,
        organization_id,
        {
            "invoice_id": row.id,
            "platform": "simulator" if configured.einvoicing == "simulator" else "platform",
            "format": configured.einvoicing_format,
            "sha256": row.pdf_sha256,
            "tracking_id": str(row.id),
        },
    )
    if submission_id:
        await _call_for_deposit(session, organization_id, row.id, submission_id)


class NotHeldUp(RuntimeError):
    """The platform has the invoice, or it never was to go there: there is nothing to give again."""


async def give_again(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> None:
    """Gives an invoice to the platform once more after it was given up. Raises ``NotHeldUp``."""
    submission = await repository.submission_of(session, organization_id, invoice_id)
    if submission is None or submission.flow_id is not None:
        raise NotHeldUp(str(invoice_id))
    await _call_for_deposit(session, organization_id, invoice_id, submission.id)


async def payment_recorded(session: AsyncSession, organization_id: UUID, invoice: Invoice, payment: Payment) -> None:
    """Money came in or was taken back; ``invoice.paid_amount`` counts the payment already.

    A sale that is reported gets payment rows; an invoice on the platform is told as collected (212) there. Neither
    where VAT was due on invoicing (legal.md 69, 70).
    """
    if invoice.snapshot is None or not await is_on(session, organization_id):
        return
    document, seller, totals, _ = thawed(invoice.snapshot)
    before = invoice.paid_amount - payment.amount
    entries = ereporting.payment_entries(document, seller, totals, before, payment.amount)
    await ereporting.record(
        session,
        organization_id,
        "payments",
        entries,
        day=payment.paid_on,
        document_id=invoice.id,
        payment_id=payment.id,
    )
    amounts = collected(document, seller, totals, before, payment.amount)
    if processing_rule(document.buyer) is None or not amounts:
        return
    submission = await repository.submission_of(session, organization_id, invoice.id)
    if (submission is None and invoice.pdf_status != "pending") or (submission and submission.status_code in ENDED):
        return
    telling = CollectedPayment(
        invoice_id=invoice.id,
        payment_id=payment.id,
        paid_on=payment.paid_on,
        amounts=[(item.rate, item.amount) for item in amounts],
    )
    lock, tenant = f"einvoice:{invoice.id}", str(organization_id)
    await defer(session, "tell_collected", lock=lock, organization_id=tenant, **telling.model_dump(mode="json"))


def collected(document: Document, seller: Seller, totals: Totals, before: Decimal, amount: Decimal) -> list[Collected]:
    """EUR incl. VAT per rate of a payment whose VAT becomes due by it; empty when no VAT does.

    VAT on payment is the rule for works; the option for debits, the franchise and reverse charge leave nothing to tell.
    """
    if seller.vat_on_debits or seller.vat_regime == "franchise":
        return []
    parts: list[VatLine] = paid_part(billed_rows(document, totals), before, amount)
    rates: dict[Decimal, Decimal] = {}
    for row in parts:
        if row.category == "S" and row.rate > 0:
            rates[row.rate] = rates.get(row.rate, Decimal("0.00")) + row.base + row.amount
    return [Collected(rate, value) for rate, value in sorted(rates.items(), reverse=True) if value]


async def platform_status(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> PlatformStatus | None:
    """Where an invoice stands on the platform; None when it never went there."""
    submission = await repository.submission_of(session, organization_id, invoice_id)
    if submission is None:
        return None
    status = PlatformStatus(
        code=submission.status_code, label=LABELS.get(submission.status_code or 0), error=submission.error
    )
    for entry in reversed(await repository.history(session, organization_id, invoice_id)):
        if entry.code == submission.status_code:
            return status.model_copy(update={"reason_code": entry.reason_code, "reason": entry.reason})
    return status


async def history(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> list[EinvoiceStatus]:
    """Everything the platform told of an invoice and we told it, first to last."""
    return list(await repository.history(session, organization_id, invoice_id))


async def _call_for_deposit(
    session: AsyncSession, organization_id: UUID, invoice_id: UUID, submission_id: UUID
) -> None:
    lock, tenant = f"einvoice:{invoice_id}", str(organization_id)
    await defer(session, "submit_einvoice", lock=lock, organization_id=tenant, submission_id=str(submission_id))


async def _replaced(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> list[tuple[str, VatLine]]:
    """What takes a replaced invoice back, where it was recorded."""
    original = await documents.get_row(session, organization_id, "invoice", invoice_id)
    recorded = await repository.has_sales(session, organization_id, invoice_id)
    if original is None or original.snapshot is None or not recorded:
        return []
    document, _, totals, _ = thawed(original.snapshot)
    return ereporting.taken_back(document, totals)
