"""Corrective invoices (384): the content of an issued invoice, to be put right; the original is cancelled (legal.md 58). Pure."""

from __future__ import annotations

from services.documents.credit_notes import reference_to
from services.documents.quote_account import Invoiced
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document

_CONTENT = (
    "site", "notes", "service_date", "service_month", "start_date", "due_days", "waste", "discount", "received_on",
    "progress_number", "progress_percent", "period_start", "period_end", "vat_locked", "retention_percent",
    "retention_until", "buyer_reference", "off_premises", "urgent", "deposit_percent", "deposit_amount",
)  # fmt: skip


def build(document: Document, original: Invoiced) -> None:
    """Takes the original's content the first time; later only what it deducts. Raises ``FollowUpRefused``.

    ``original_cancelled``: it is credited or replaced already, wholly or in part.
    """
    if original.cancelled or original.credited:
        raise FollowUpRefused("original_cancelled", number=original.number)
    first = document.corrects is None or not document.lines
    document.corrects = reference_to(original)
    if first:
        copied = original.document.model_copy(deep=True)
        for name in _CONTENT:
            setattr(document, name, getattr(copied, name))
        document.lines = copied.lines
        for line in document.lines:
            line.vat_rate_said = line.vat_rate if line.vat_category == "S" else line.vat_rate_said
    document.prepayments = [paid.model_copy(deep=True) for paid in original.document.prepayments]
