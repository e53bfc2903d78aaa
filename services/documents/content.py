"""Between rows and the neutral model: what is stored of a document, how it is read back, what identifies its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from db.models import Client, Invoice, Quote
from db.repositories.documents import DocumentRow
from services.clients.service import buyer
from services.documents.mentions import Mention
from services.documents.schemas import Document, Seller, Totals

_IDENTITY: dict[str, Any] = {
    "version": True,
    "status": True,
    "number": True,
    "revision": True,
    "issue_date": True,
    "issued_version": True,
    "buyer": {"phone", "email"},
}
"""What may differ between two documents that say the same: how the client is reached is not printed content."""


def snapshot(document: Document) -> dict[str, Any]:
    """The content as JSON values, kept with every version."""
    return document.model_dump(mode="json")


def frozen(
    document: Document, seller: Seller, totals: Totals, mentions: Iterable[Mention], *, issued_at: datetime
) -> dict[str, Any]:
    """What an issued document says for ever, as JSON values (``row.snapshot``): paper and XML are made of nothing else."""
    return {
        "issued_at": issued_at.isoformat(),
        "document": document.model_dump(mode="json"),
        "seller": seller.model_dump(mode="json"),
        "totals": totals.model_dump(mode="json"),
        "mentions": [mention.model_dump(mode="json") for mention in mentions],
    }


def from_snapshot(row: DocumentRow, content: dict[str, Any], client: Client | None) -> Document:
    """The document of a row; while it is a draft the client's current facts are shown."""
    document = Document.model_validate(content)
    document.version, document.status, document.number = row.version, row.status, row.number
    document.revision, document.issue_date = row.revision, row.issue_date
    document.issued_version = row.issued_version
    if client is not None:
        document.buyer = buyer(client)
    return document


def same_content(one: Document, other: Document) -> bool:
    """True when both say the same, apart from version, status and number."""
    return one.model_dump(exclude=_IDENTITY) == other.model_dump(exclude=_IDENTITY)


def payload_hash(document: Document, totals: Totals) -> str:
    """Identifies what an approval is about: the recipient, the amounts and the VAT, not the wording (UX-41)."""
    payload = {
        "kind": document.kind,
        "client": str(document.buyer.client_id) if document.buyer else None,
        "lines": [
            [
                line.key,
                _plain(line.quantity),
                line.unit,
                _plain(line.unit_price),
                line.price_mode,
                _plain(line.vat_rate),
                line.vat_category,
                _plain(line.discount_percent),
                _plain(line.discount_amount),
            ]
            for line in document.lines
        ],
        "discount": document.discount.model_dump(mode="json") if document.discount else None,
        "total": str(totals.total),
        "net": str(totals.net_to_pay),
        "vat": [[row.category, _plain(row.rate), str(row.base), str(row.amount)] for row in totals.vat],
    }
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def item_rows(document: Document, totals: Totals) -> list[dict[str, Any]]:
    """The lines as item rows (C09, C10)."""
    amounts = {line.position: line for line in totals.lines}
    return [
        {
            "position": line.position,
            "description": line.description,
            "chat_label": line.chat_label,
            "said": line.said,
            "topic": line.topic,
            "quantity": line.quantity,
            "unit": line.unit,
            "unit_price": line.unit_price,
            "price_mode": line.price_mode,
            "total_price": amounts[line.position].total_ht if line.position in amounts else None,
            "discount": amounts[line.position].discount if line.position in amounts else None,
            "section": line.section,
            "vat_rate": line.vat_rate,
            "vat_rate_said": line.vat_rate_said,
            "vat_category": line.vat_category,
            "vat_reason": line.vat_reason,
            "vat_basis": line.vat_basis,
            "doubt": line.doubt,
        }
        for line in document.lines
    ]


def write_amounts(row: DocumentRow, document: Document, totals: Totals) -> None:
    """Brings the row's own columns in line with its content."""
    row.client_id = document.buyer.client_id if document.buyer else None
    row.subtotal, row.discount = totals.subtotal, totals.discount
    row.vat_amount, row.total = totals.vat_total, totals.total
    rates = {vat.rate for vat in totals.vat}
    row.vat_rate = rates.pop() if len(rates) == 1 else None
    row.vat_breakdown = [vat.model_dump(mode="json") for vat in totals.vat]
    row.terms = document.model_dump(
        mode="json",
        include={
            "discount", "site", "notes", "service_date", "service_month", "start_date", "validity_days", "due_days",
            "due_date", "retention_percent", "retention_until", "deposit_percent", "deposit_amount", "progress_percent",
            "period_start", "period_end", "buyer_reference", "off_premises", "urgent",
        },
    )  # fmt: skip
    if isinstance(row, Invoice):
        if row.number is None:
            row.type = document.kind
        row.quote_id = document.quote_id
        row.corrects_id = document.corrects.id if document.corrects else None
        row.amount_due, row.retention = totals.amount_due, totals.retention
    else:
        row.amends_id = document.amends.id if document.amends else None


def set_dates(row: DocumentRow, document: Document, today: date) -> None:
    """The dates that start at issue: validity of a quote, due date of an invoice."""
    row.issue_date = document.issue_date = today
    if isinstance(row, Quote):
        row.validity_date = today + timedelta(days=document.validity_days)
    else:
        document.due_date = document.due_date or today + timedelta(days=document.due_days)
        row.due_date = None if document.kind == "credit_note" else document.due_date
