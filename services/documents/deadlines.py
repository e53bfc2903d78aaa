"""The dates that follow from a document's issue date and terms."""

from __future__ import annotations

from datetime import date, timedelta

from services.documents.schemas import PAYABLE, Document


def valid_until(document: Document) -> date | None:
    """Last day of a quote's offer; None before issue or for another kind (a stated validity binds, legal.md 14)."""
    if document.kind != "quote" or document.issue_date is None:
        return None
    return document.issue_date + timedelta(days=document.validity_days)


def payment_due(document: Document) -> date | None:
    """Day an invoice is due: the date agreed, else issue date plus the days agreed; None on quotes and credit notes."""
    if document.kind not in PAYABLE:
        return None
    if document.due_date is not None:
        return document.due_date
    return document.issue_date + timedelta(days=document.due_days) if document.issue_date else None


def performed_on(document: Document) -> date | None:
    """Day the works were done: the day told, else the issue date of an invoice for finished works (AII 242 nonies A I 10°).

    None where a month or a period was told, on quotes, and on what is not about finished works.
    """
    if document.service_date is not None:
        return document.service_date
    told = document.service_month or document.period_start or document.period_end
    finished = document.kind in ("invoice", "balance", "corrective")
    return document.issue_date if finished and not told else None


def works_on(document: Document) -> date | None:
    """First known day of the works, planned on a quote and done on an invoice; None when nothing was said."""
    month = date.fromisoformat(f"{document.service_month}-01") if document.service_month else None
    return document.start_date or document.period_start or document.service_date or month
