"""Queries about invoices on the platform: submissions, their statuses, and the rows of e-reporting."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EinvoiceStatus, EinvoiceSubmission, EreportingEntry, Invoice, Organization, WebhookEvent
from db.models.base import new_id

_SET_PREFERENCES = text("""
update organizations set settings = settings || jsonb_build_object(cast(:key as text), cast(:value as jsonb)),
    updated_at = now()
 where id = :organization_id
""")

_POLLED = text("""
update organizations
   set settings = settings || jsonb_build_object('einvoicing_polled_until', cast(:moment as text))
 where id = :organization_id
""")


async def set_preferences(session: AsyncSession, organization_id: UUID, key: str, value: Mapping[str, Any]) -> None:
    """Replaces one group of an organization's settings."""
    await session.execute(
        _SET_PREFERENCES, {"organization_id": organization_id, "key": key, "value": json.dumps(dict(value))}
    )


async def organizations_on(session: AsyncSession) -> Sequence[Organization]:
    """The organizations that have switched e-invoicing on, across tenants."""
    query = select(Organization).where(
        Organization.settings["einvoicing"]["enabled"].as_boolean(), Organization.status == "active"
    )
    return (await session.scalars(query.order_by(Organization.id))).all()


async def set_polled_until(session: AsyncSession, organization_id: UUID, moment: datetime) -> None:
    """Notes up to which change of the platform an organization's flows have been read."""
    await session.execute(_POLLED, {"organization_id": organization_id, "moment": moment.isoformat()})


async def add_submission(session: AsyncSession, organization_id: UUID, values: Mapping[str, Any]) -> UUID | None:
    """Creates the submission of a tracking id; None when there is one already."""
    statement = (
        insert(EinvoiceSubmission)
        .values(id=new_id(), organization_id=organization_id, **values)
        .on_conflict_do_nothing(index_elements=["organization_id", "tracking_id"])
        .returning(EinvoiceSubmission.id)
    )
    return (await session.scalars(statement)).one_or_none()


async def get_submission(
    session: AsyncSession, organization_id: UUID, submission_id: UUID, *, lock: bool = False
) -> EinvoiceSubmission | None:
    query = select(EinvoiceSubmission).where(
        EinvoiceSubmission.organization_id == organization_id, EinvoiceSubmission.id == submission_id
    )
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def submission_of(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> EinvoiceSubmission | None:
    """The submission of an invoice; None when it never went to the platform."""
    query = (
        select(EinvoiceSubmission)
        .where(EinvoiceSubmission.organization_id == organization_id, EinvoiceSubmission.invoice_id == invoice_id)
        .order_by(EinvoiceSubmission.created_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def submission_of_flow(
    session: AsyncSession, flow_id: str, tracking_id: str | None
) -> tuple[EinvoiceSubmission, Invoice] | None:
    """The submission behind a flow of ours, locked, with its invoice; across tenants."""
    found = EinvoiceSubmission.flow_id == flow_id
    if tracking_id:
        found = or_(found, EinvoiceSubmission.tracking_id == tracking_id)
    query = (
        select(EinvoiceSubmission, Invoice)
        .join(Invoice, Invoice.id == EinvoiceSubmission.invoice_id)
        .where(found)
        .limit(1)
        .with_for_update(of=EinvoiceSubmission)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def submission_of_number(
    session: AsyncSession, siren: str, number: str
) -> tuple[EinvoiceSubmission, Invoice] | None:
    """The submission of a company's invoice by its number, locked, with its invoice; across tenants."""
    query = (
        select(EinvoiceSubmission, Invoice)
        .join(Invoice, Invoice.id == EinvoiceSubmission.invoice_id)
        .join(Organization, Organization.id == EinvoiceSubmission.organization_id)
        .where(Invoice.number == number, Organization.siret.like(f"{siren}%"))
        .order_by(EinvoiceSubmission.created_at.desc())
        .limit(1)
        .with_for_update(of=EinvoiceSubmission)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def add_status(session: AsyncSession, organization_id: UUID, values: Mapping[str, Any]) -> UUID | None:
    """Adds to the history; None when this provider status is in it already."""
    statement = (
        insert(EinvoiceStatus)
        .values(id=new_id(), organization_id=organization_id, **values)
        .on_conflict_do_nothing(index_elements=["organization_id", "provider_status_id"])
        .returning(EinvoiceStatus.id)
    )
    return (await session.scalars(statement)).one_or_none()


async def known_status(session: AsyncSession, provider_status_id: str) -> bool:
    """True when the status is in somebody's history already."""
    query = select(EinvoiceStatus.id).where(EinvoiceStatus.provider_status_id == provider_status_id).limit(1)
    return (await session.scalars(query)).one_or_none() is not None


async def history(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Sequence[EinvoiceStatus]:
    """The statuses of an invoice, first to last; messages are exact to the second, within one the codes tell the order."""
    query = (
        select(EinvoiceStatus)
        .where(EinvoiceStatus.organization_id == organization_id, EinvoiceStatus.invoice_id == invoice_id)
        .order_by(EinvoiceStatus.occurred_at, EinvoiceStatus.code, EinvoiceStatus.created_at)
    )
    return (await session.scalars(query)).all()


async def moment_of_status(
    session: AsyncSession, organization_id: UUID, invoice_id: UUID, code: int
) -> datetime | None:
    """When an invoice last came to a status."""
    query = (
        select(EinvoiceStatus.occurred_at)
        .where(
            EinvoiceStatus.organization_id == organization_id,
            EinvoiceStatus.invoice_id == invoice_id,
            EinvoiceStatus.code == code,
        )
        .order_by(EinvoiceStatus.occurred_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def note_fingerprint(session: AsyncSession, organization_id: UUID, submission_id: UUID, sha256: str) -> None:
    """Notes what is about to be sent, before it is."""
    await session.execute(
        update(EinvoiceSubmission)
        .where(EinvoiceSubmission.organization_id == organization_id, EinvoiceSubmission.id == submission_id)
        .values(sha256=sha256)
        .execution_options(synchronize_session=False)
    )


async def note_failure(session: AsyncSession, organization_id: UUID, submission_id: UUID, error: str | None) -> None:
    await session.execute(
        update(EinvoiceSubmission)
        .where(EinvoiceSubmission.organization_id == organization_id, EinvoiceSubmission.id == submission_id)
        .values(error=error)
        .execution_options(synchronize_session=False)
    )


async def add_entries(session: AsyncSession, entries: Sequence[EreportingEntry]) -> None:
    session.add_all(entries)
    await session.flush()


async def has_sales(session: AsyncSession, organization_id: UUID, document_id: UUID) -> bool:
    """True when the sale of a document is among the rows to report."""
    query = select(EreportingEntry.id).where(
        EreportingEntry.organization_id == organization_id,
        EreportingEntry.document_id == document_id,
        EreportingEntry.flow == "transactions",
    )
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def entries_between(
    session: AsyncSession, organization_id: UUID, flow: str, start: date, end: date
) -> Sequence[EreportingEntry]:
    """The rows of a flow from ``start`` to ``end``, both days included."""
    query = select(EreportingEntry).where(
        EreportingEntry.organization_id == organization_id,
        EreportingEntry.flow == flow,
        EreportingEntry.day.between(start, end),
    )
    return (await session.scalars(query.order_by(EreportingEntry.day, EreportingEntry.id))).all()


async def keep_event(
    session: AsyncSession, body: bytes, headers: Mapping[str, str], event: str | None, outcome: str, error: str | None
) -> None:
    """Keeps the raw body of a webhook of the platform."""
    session.add(
        WebhookEvent(source="einvoicing", body=body, headers=dict(headers), event=event, outcome=outcome, error=error)
    )
    await session.flush()
