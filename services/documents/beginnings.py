"""Drafts that begin with something issued: an invoice of a quote, a correction of an invoice, the lines of an old document.

What they ask for is derived afterwards (``follow_ups.fill``). Nothing here reads or writes a row.
"""

from __future__ import annotations

from uuid import uuid4

from services.documents.drafts import mark_outside_quote
from services.documents.schemas import Document, DocumentReference


def follow(document: Document, quote: Document) -> None:
    """Makes a draft the invoice of a quote: client, place and terms come from it; lines it had are outside the quote."""
    document.quote_id, document.quote_number = quote.id, quote.number
    for line in document.lines:
        mark_outside_quote(line)
    document.buyer, document.site = quote.buyer, quote.site
    document.buyer_reference = document.buyer_reference or quote.buyer_reference
    document.off_premises, document.urgent = quote.off_premises, quote.urgent
    if document.kind != "deposit":
        document.retention_percent = document.retention_percent or quote.retention_percent
        document.retention_until = document.retention_until or quote.retention_until


def correct(document: Document, invoice: Document) -> None:
    """Makes a draft the credit note or the corrective invoice of an issued invoice."""
    document.corrects = DocumentReference(
        id=invoice.id, kind=invoice.kind, number=invoice.number or "", issue_date=invoice.issue_date
    )
    document.buyer, document.site = invoice.buyer, invoice.site
    document.quote_id, document.quote_number = invoice.quote_id, invoice.quote_number
    document.buyer_reference = invoice.buyer_reference


def copy_lines(document: Document, model: Document) -> int:
    """Adds the lines of another document, each to be looked at again, and its discount; returns how many (UX-51)."""
    for line in model.lines:
        new = {"key": uuid4().hex[:12], "position": len(document.lines) + 1, "doubt": "copied"}
        document.lines.append(line.model_copy(update=new))
    document.discount = document.discount or model.discount
    return len(model.lines)
