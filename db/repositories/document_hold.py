"""Queries for the end of the hold on issued documents: how old they are, what hangs on them, and their removal (C27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Row, delete, exists, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import (
    Approval,
    DocumentEvent,
    DocumentVersion,
    EinvoiceStatus,
    EinvoiceSubmission,
    EreportingEntry,
    Invoice,
    LedgerEntry,
    Outbox,
    Payment,
    Quote,
)

_DATED = text("""
select q.id, 'quotes' as shelf, 'quote' as kind, q.number, q.issue_date, q.amends_id as follows, null::uuid as corrects,
       greatest(q.issue_date, q.accepted_on, case when q.number is null then q.updated_at::date end,
         (select max(e.created_at)::date from document_events e
           where e.organization_id = q.organization_id and e.document_id = q.id)) as last
  from quotes q where q.organization_id = :organization_id
union all
select i.id, 'invoices', i.type, i.number, i.issue_date, i.quote_id, i.corrects_id,
       greatest(i.issue_date, i.retention_released_on, case when i.number is null then i.updated_at::date end,
         (select max(e.created_at)::date from document_events e
           where e.organization_id = i.organization_id and e.document_id = i.id),
         (select max(p.paid_on) from payments p where p.organization_id = i.organization_id and p.invoice_id = i.id),
         (select max(s.created_at)::date from einvoice_statuses s
           where s.organization_id = i.organization_id and s.invoice_id = i.id))
  from invoices i where i.organization_id = :organization_id
order by issue_date, id
""")


async def issued_before(session: AsyncSession, organization_id: UUID, day: date) -> bool:
    """Whether anything at all was issued before a day: cheap, most companies are younger."""
    for model in (Quote, Invoice):
        query = select(model.id).where(
            model.organization_id == organization_id, model.number.is_not(None), model.issue_date < day
        )
        if (await session.scalars(query.limit(1))).first():
            return True
    return False


async def dated(session: AsyncSession, organization_id: UUID) -> Sequence[Row[Any]]:
    """Every document, drafts too: its number, what it follows and corrects, and ``last``, the last day that counts."""
    return (await session.execute(_DATED, {"organization_id": organization_id})).all()


async def events_about(
    session: AsyncSession, organization_id: UUID, document_ids: Collection[UUID]
) -> Sequence[DocumentEvent]:
    """What the chain tells of some documents, in its order."""
    query = select(DocumentEvent).where(
        DocumentEvent.organization_id == organization_id, DocumentEvent.document_id.in_(document_ids)
    )
    return (await session.scalars(query.order_by(DocumentEvent.sequence))).all()


async def pdf_keys(session: AsyncSession, organization_id: UUID, document_ids: Collection[UUID]) -> set[str]:
    """The files that the rows of some documents name."""
    found: set[str] = set()
    for model in (Quote, Invoice):
        query = select(model.pdf_key).where(
            model.organization_id == organization_id, model.id.in_(document_ids), model.pdf_key.is_not(None)
        )
        found |= {key for key in await session.scalars(query) if key}
    return found


async def remove(session: AsyncSession, organization_id: UUID, document_ids: Collection[UUID]) -> dict[str, int]:
    """Deletes documents with everything that hangs on them, and empties what the chain says of them; rows by table.

    The database refuses what is younger than ten years, and what something else still refers to (``IntegrityError``).
    """
    ids = list(document_ids)
    counts: dict[str, int] = {}

    async def gone(model: Any, *conditions: Any) -> int:
        statement = delete(model).where(model.organization_id == organization_id, *conditions)
        result = await session.execute(statement.execution_options(synchronize_session=False))
        number = cast("CursorResult[Any]", result).rowcount
        if number:
            counts[model.__tablename__] = counts.get(model.__tablename__, 0) + number
        return number

    await gone(Outbox, Outbox.document_id.in_(ids))
    await gone(EreportingEntry, EreportingEntry.document_id.in_(ids))
    await gone(EinvoiceStatus, EinvoiceStatus.invoice_id.in_(ids))
    await gone(EinvoiceSubmission, EinvoiceSubmission.invoice_id.in_(ids))
    await gone(LedgerEntry, or_(LedgerEntry.quote_id.in_(ids), LedgerEntry.document_id.in_(ids)))
    await gone(Payment, Payment.invoice_id.in_(ids), Payment.reverses_id.is_not(None))
    await gone(Payment, Payment.invoice_id.in_(ids))
    follower, amendment = aliased(Invoice), aliased(Quote)
    while await gone(Invoice, Invoice.id.in_(ids), ~exists().where(follower.corrects_id == Invoice.id)):
        pass
    while await gone(Quote, Quote.id.in_(ids), ~exists().where(amendment.amends_id == Quote.id)):
        pass
    await gone(Approval, Approval.document_id.in_(ids))
    await gone(DocumentVersion, DocumentVersion.document_id.in_(ids))
    await session.execute(
        update(DocumentEvent)
        .where(
            DocumentEvent.organization_id == organization_id,
            DocumentEvent.document_id.in_(ids),
            DocumentEvent.event != "hold_ended",
            DocumentEvent.payload != "",
        )
        .values(payload="")
        .execution_options(synchronize_session=False)
    )
    return counts
