"""What the issue of a document changes elsewhere: the ledger, the quote it follows, the invoice it corrects, the chain."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invoice, Quote
from db.repositories import documents as repository
from db.repositories.documents import DocumentRow
from services.documents import events, ledger, payments
from services.documents.quote_account import Invoiced, QuoteAccount
from services.documents.schemas import Document, Totals


async def after_issue(
    session: AsyncSession,
    organization_id: UUID,
    row: DocumentRow,
    document: Document,
    totals: Totals,
    account: QuoteAccount | None,
    original: Invoiced | None,
    now: datetime,
) -> None:
    """Writes what follows from the issue, in the same transaction. Raises ``FollowUpRefused`` (``over_contract``)."""
    if account is not None:
        await ledger.enter_invoice(session, organization_id, account, document, totals, original)
        await _agreed(session, organization_id, account)
    await events.issued(session, organization_id, row, now)
    if original is not None and isinstance(row, Invoice):
        corrected = await repository.get_row(session, organization_id, "invoice", original.document.id, lock=True)
        assert isinstance(corrected, Invoice)
        if document.kind == "credit_note":
            corrected.credited_amount += totals.amount_due
            if corrected.credited_amount >= corrected.amount_due:
                corrected.status = "cancelled"
        else:
            await payments.move(session, organization_id, corrected, row, today=now.date())
            corrected.status = "cancelled"
        payments.settle(corrected)
    await session.flush()


async def _agreed(session: AsyncSession, organization_id: UUID, account: QuoteAccount) -> None:
    """A quote whose works are invoiced was agreed to, and so were its amendments; the day is not known."""
    for part in account.parts:
        quote = await repository.get_row(session, organization_id, "quote", part.id)
        if isinstance(quote, Quote) and quote.status in ("issued", "sent"):
            quote.status = "accepted"
