"""The chain of what can never be undone: documents issued, their files, money received (legal.md 60, 61).

Every event carries the hash of the one before; the database refuses anything that does not continue the chain.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DocumentEvent, Invoice, Payment
from db.repositories import events as repository
from db.repositories.accounts import add_log
from db.repositories.documents import DocumentRow, kind_of

EventName = Literal[
    "quote_issued",
    "invoice_issued",
    "pdf_stored",
    "payment_recorded",
    "payment_reversed",
    "retention_released",
    "hold_ended",
]
FIRST = "0" * 64
"""What the first event of an organization continues."""


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no blanks. Raises TypeError for what is not JSON, floats included."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r}: a float has no canonical text")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_floats(part)


def fingerprint(snapshot: dict[str, Any]) -> str:
    """SHA-256 of a frozen document."""
    return hashlib.sha256(canonical(snapshot).encode()).hexdigest()


def link(previous_hash: str, payload: str) -> str:
    """The hash of an event."""
    return hashlib.sha256((previous_hash + payload).encode()).hexdigest()


async def append(
    session: AsyncSession,
    organization_id: UUID,
    event: EventName,
    *,
    kind: str,
    document_id: UUID,
    facts: dict[str, Any],
    now: datetime | None = None,
) -> None:
    """Adds an event with its facts (JSON values) to the organization's chain, in the caller's transaction.

    What a person does is a line of the activity log too; what jobs do, storing a file or ending a hold, they write down
    themselves.
    """
    if event not in ("pdf_stored", "hold_ended"):
        add_log(session, organization_id, event.replace("_", "."), kind, type="audit", about=document_id)
    last = await repository.last_event(session, organization_id)
    sequence, previous = (last[0] + 1, last[1]) if last else (1, FIRST)
    payload = canonical(
        {
            "sequence": sequence,
            "event": event,
            "at": (now or datetime.now(UTC)).isoformat(),
            "kind": kind,
            "document": str(document_id),
            **facts,
        }
    )
    await repository.add_event(
        session,
        DocumentEvent(
            organization_id=organization_id,
            sequence=sequence,
            event=event,
            document_kind=kind,
            document_id=document_id,
            payload=payload,
            previous_hash=previous,
            hash=link(previous, payload),
        ),
    )


def issue_facts(row: DocumentRow) -> dict[str, Any]:
    """What is said of an issued document: its number, dates, totals, and the hash of everything on it."""
    assert row.snapshot is not None and row.issue_date is not None
    due = row.due_date.isoformat() if isinstance(row, Invoice) and row.due_date else None
    return {
        "number": row.number,
        "revision": row.revision,
        "issue_date": row.issue_date.isoformat(),
        "due_date": due,
        **amounts(row),
        "snapshot_sha256": fingerprint(row.snapshot),
    }


def amounts(row: DocumentRow) -> dict[str, str]:
    """The totals of a document as texts, EUR."""
    found = {"subtotal": row.subtotal, "vat": row.vat_amount, "total": row.total}
    if isinstance(row, Invoice):
        found |= {"amount_due": row.amount_due, "retention": row.retention}
    return {name: f"{amount:.2f}" for name, amount in found.items()}


async def issued(session: AsyncSession, organization_id: UUID, row: DocumentRow, now: datetime) -> None:
    """Notes that a document was issued, or a quote in a new version."""
    kind = kind_of(row)
    name: EventName = "quote_issued" if kind == "quote" else "invoice_issued"
    await append(session, organization_id, name, kind=kind, document_id=row.id, facts=issue_facts(row), now=now)


async def pdf_stored(
    session: AsyncSession, organization_id: UUID, row: DocumentRow, *, pdf_sha256: str, xml_sha256: str | None
) -> None:
    """Notes which bytes are the document's file, and its XML's."""
    facts = {
        "number": row.number,
        "revision": row.revision,
        "key": row.pdf_key,
        "pdf_sha256": pdf_sha256,
        "xml_sha256": xml_sha256,
    }
    await append(session, organization_id, "pdf_stored", kind=kind_of(row), document_id=row.id, facts=facts)


async def money(session: AsyncSession, organization_id: UUID, invoice: Invoice, payment: Payment) -> None:
    """Notes a payment, or that one is taken back."""
    await append(
        session,
        organization_id,
        "payment_reversed" if payment.reverses_id else "payment_recorded",
        kind=invoice.type,
        document_id=invoice.id,
        facts=payment_facts(invoice, payment),
    )


def payment_facts(invoice: Invoice, payment: Payment) -> dict[str, Any]:
    """What is said of a payment."""
    return {
        "number": invoice.number,
        "payment": str(payment.id),
        "amount": f"{payment.amount:.2f}",
        "paid_on": payment.paid_on.isoformat(),
        "method": payment.method,
        "reference": payment.reference,
        "reverses": str(payment.reverses_id) if payment.reverses_id else None,
    }


async def retention_released(session: AsyncSession, organization_id: UUID, invoice: Invoice) -> None:
    """Notes that the guarantee of an invoice is due from now on."""
    assert invoice.retention_released_on is not None
    facts = {
        "number": invoice.number,
        "retention": f"{invoice.retention:.2f}",
        "released_on": invoice.retention_released_on.isoformat(),
    }
    await append(session, organization_id, "retention_released", kind=invoice.type, document_id=invoice.id, facts=facts)
