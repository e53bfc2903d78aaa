"""Documents that follow a quote or correct an invoice: their content is derived, here, from what was issued before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import ledger as repository
from db.repositories.clients import get_client
from services.clients.service import buyer
from services.documents import balance, content, correctives, credit_notes, deposits, ledger, progress
from services.documents.amounts import Language
from services.documents.completeness import NO_PAYMENT, protected_off_premises
from services.documents.quote_account import Invoiced, QuoteAccount
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Buyer, Document, Site
from services.documents.totals import MOST_RETENTION, compute_totals

__all__ = ["FollowUpRefused", "fill", "for_issue"]

_WITH_RETENTION = ("invoice", "progress", "balance")
_CORRECTING = ("credit_note", "corrective")


async def fill(
    session: AsyncSession, organization_id: UUID, document: Document, *, today: date, language: Language = "fr"
) -> QuoteAccount | None:
    """Derives lines, deductions, VAT and references of a draft from its quote or invoice and what was said of it.

    Reads ``quote_id`` and ``deposit_*``, ``progress_percent`` or the lines' progress; for credit notes and corrective
    invoices ``corrects`` and ``credit_*``. The draft's kind follows: the invoice of a quote with issued deposits or
    situations is its balance. Filling again changes nothing. None without a quote. Raises ``FollowUpRefused``.
    """
    if document.kind in _CORRECTING:
        original = await _original(session, organization_id, document)
        return await _fill_correction(session, organization_id, document, original, language)
    if document.kind == "quote" or document.quote_id is None:
        if document.kind in ("deposit", "progress", "balance"):
            raise FollowUpRefused("quote_needed")
        return None
    account = await ledger.account_of(session, organization_id, document.quote_id)
    await _take_over(session, organization_id, document, account, today)
    _builder(document, account, today, language)()
    return account


def _builder(document: Document, account: QuoteAccount, today: date, language: Language) -> Callable[[], None]:
    if document.kind == "deposit":
        return lambda: deposits.build(document, account, language=language)
    if document.kind == "progress":
        return lambda: progress.build(document, account, today=today)
    return lambda: balance.build(document, account, today=today)


async def _take_over(
    session: AsyncSession, organization_id: UUID, document: Document, account: QuoteAccount, today: date
) -> None:
    """What every invoice of a quote has from it: client, place, terms that were agreed, retention."""
    quote = account.quote
    document.quote_number = quote.number
    document.buyer = document.buyer or await _current(session, organization_id, quote.buyer)
    if document.site == Site():
        document.site = quote.site.model_copy(deep=True)
    document.off_premises, document.urgent = quote.off_premises, quote.urgent
    document.buyer_reference = document.buyer_reference or quote.buyer_reference
    if document.kind in _WITH_RETENTION and document.retention_percent is None:
        agreed = account.situations[-1].document if account.situations else quote
        agreed = agreed if agreed.retention_percent is not None else quote
        document.retention_percent, document.retention_until = agreed.retention_percent, agreed.retention_until
    if document.kind == "deposit":
        _leave_seven_days(document, account.accepted_on or today, today)
    if (document.retention_percent or 0) > MOST_RETENTION:
        raise FollowUpRefused("retention_too_high", percent=document.retention_percent, most=MOST_RETENTION)


def _leave_seven_days(document: Document, accepted_on: date, today: date) -> None:
    """No payment within seven days where the contract may have been made off premises (CCo L221-10)."""
    earliest = accepted_on + NO_PAYMENT
    due = document.due_date or today + timedelta(days=document.due_days)
    if due < earliest and protected_off_premises(document):
        document.due_date = earliest


async def _current(session: AsyncSession, organization_id: UUID, frozen: Buyer | None) -> Buyer | None:
    """The client with what is known of him now."""
    if frozen is None or frozen.client_id is None:
        return frozen
    client = await get_client(session, organization_id, frozen.client_id)
    return buyer(client) if client is not None else frozen


async def _original(
    session: AsyncSession, organization_id: UUID, document: Document, *, lock: bool = False
) -> Invoiced:
    found = None
    if document.corrects is not None and document.corrects.id is not None:
        found = await ledger.issued_invoice(session, organization_id, document.corrects.id, lock=lock)
    if found is None:
        raise FollowUpRefused("original_needed")
    return found


async def _fill_correction(
    session: AsyncSession, organization_id: UUID, document: Document, original: Invoiced, language: Language
) -> QuoteAccount | None:
    issued = original.document
    document.quote_id, document.quote_number = issued.quote_id, issued.quote_number
    document.buyer = document.buyer or await _current(session, organization_id, issued.buyer)
    account = None
    if issued.quote_id is not None:
        account = await ledger.account_of(session, organization_id, issued.quote_id)
        _refuse_out_of_order(original, account)
    if document.kind == "credit_note":
        document.site = issued.site.model_copy(deep=True)
        credit_notes.build(document, original, language=language)
    else:
        correctives.build(document, original)
        if original.paid > compute_totals(document).amount_due and document.lines:
            raise FollowUpRefused("paid_more", number=original.number, paid=original.paid)
    return account


def _refuse_out_of_order(original: Invoiced, account: QuoteAccount) -> None:
    """What later invoices were computed from is not taken back before them."""
    if original.role == "deposit" and account.deducted(original.number):
        by = next(
            (
                one
                for one in account.standing
                if any(paid.number == original.number for paid in one.document.prepayments)
            ),
            None,
        )
        raise FollowUpRefused("deposit_deducted", number=original.number, by=by.number if by else None)
    later = [one for one in account.situations if (one.document.progress_number or 0) > _place(original)]
    if original.role == "progress" and later:
        raise FollowUpRefused("later_situation", number=original.number, by=later[-1].number)


def _place(invoice: Invoiced) -> int:
    return invoice.document.progress_number or 0


async def for_issue(
    session: AsyncSession, organization_id: UUID, document: Document, *, today: date
) -> tuple[QuoteAccount | None, Invoiced | None]:
    """The account and the original that a draft about to be issued depends on, held until the transaction ends.

    Raises ``FollowUpRefused`` (``account_changed``) when another document was issued since the draft was written and
    what it should ask for is no longer what was approved.
    """
    if document.kind == "quote":
        return None, None
    probe = document.model_copy(deep=True)
    quote_id = document.quote_id
    original = None
    if document.kind in _CORRECTING:
        original = await _original(session, organization_id, document)
        quote_id = original.document.quote_id
    if quote_id is not None and await repository.lock_quote(session, organization_id, quote_id) is None:
        raise FollowUpRefused("quote_needed")
    if original is not None:
        original = await _original(session, organization_id, document, lock=True)
    account = await fill(session, organization_id, probe, today=today)
    if probe.kind != document.kind or _approved(probe) != _approved(document):
        raise FollowUpRefused("account_changed", number=document.quote_number)
    return account, original


def _approved(document: Document) -> str:
    return content.payload_hash(document, compute_totals(document))
