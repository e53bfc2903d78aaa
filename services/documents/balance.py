"""The balance of a quote: everything contracted, less every deposit; after situations their last one (legal.md 54). Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.documents import progress
from services.documents.contract import at_net, contract_lines
from services.documents.drafts import renumber
from services.documents.generated_lines import locked_where_needed
from services.documents.prepayments import deducted_on
from services.documents.quote_account import QuoteAccount, extra_rows
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, Line
from services.documents.vat_rows import joined, less


def build(document: Document, account: QuoteAccount, *, today: date) -> None:
    """Writes a balance, or a plain invoice when nothing was invoiced before; its kind follows.

    Lines that the artisan left or corrected stay as they are; lines outside the quote are added to them. Raises
    ``FollowUpRefused`` (``nothing_left``) when everything is invoiced already and nothing was added.
    """
    extras = [line for line in document.lines if line.outside_quote]
    if account.remaining_total <= 0 and not account.undeducted_total and not extras:
        raise FollowUpRefused("nothing_left", number=account.number)
    if account.situations:
        document.kind = "balance"
        document.progress_percent = progress.WHOLE
        progress.build(document, account, today=today)
        return
    document.kind = "balance" if account.deposits else "invoice"
    _drop_progress(document)
    if len(extras) == len(document.lines):
        _write_lines(document, account, extras)
    document.prepayments = deducted_on(account, joined(account.contracted), Decimal(1))


def _drop_progress(document: Document) -> None:
    """A draft that was a situation is none any more."""
    if any(line.progress is not None for line in document.lines):
        document.lines = [line for line in document.lines if line.outside_quote]
        document.progress_number = document.progress_percent = document.vat_locked = None


def _write_lines(document: Document, account: QuoteAccount, extras: list[Line]) -> None:
    """The lines of the quote as they are, when it stands alone; else each at its net amount, with the contract's VAT."""
    invoiced = {line.key for invoice in account.settlements for line in invoice.document.lines}
    parts = [part for part in contract_lines(account.parts) if part.line.key not in invoiced]
    if len(account.parts) == 1 and not extras and not invoiced:
        document.lines = [line.model_copy(update={"doubt": None}, deep=True) for line in account.quote.lines]
        document.discount, document.vat_locked = account.quote.discount, None
    else:
        document.lines = [at_net(part.line, part.net) for part in parts] + extras
        document.discount = document.vat_locked = None
        settled = [less(invoice.totals.vat, extra_rows(invoice.document)) for invoice in account.settlements]
        rows = joined(less(account.contracted, *settled), extra_rows(document))
        document.vat_locked = locked_where_needed(document, rows)
    renumber(document)
