"""What the platform tells of an invoice: a lifecycle message or the fate of a flow becomes history, status and words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EinvoiceSubmission, Invoice
from db.repositories import einvoicing as repository
from db.repositories.accounts import add_log
from services.documents.amounts import date_text
from services.einvoicing import cdar, notices
from services.einvoicing.lifecycle import ACKNOWLEDGED_AS, TOLD, moves
from services.einvoicing.schemas import LIFECYCLE, Flow, Lifecycle, Party

log = structlog.get_logger(__name__)
Outcome = Literal["status", "duplicate", "unknown_invoice", "unreadable", "acknowledged", "ignored"]


def wants_file(flow: Flow) -> bool:
    """True for a lifecycle message to us, whose content has to be fetched."""
    return flow.flow_type in LIFECYCLE and flow.flow_direction != "Out"


async def take_lifecycle(session: AsyncSession, flow: Flow, content: bytes) -> Outcome:
    """Takes a lifecycle message in, once per flow. ``session`` is the system's: the message names the company."""
    try:
        message = cdar.parse(content)
    except cdar.NotALifecycle as error:
        add_log(session, None, "einvoice.unreadable", f"flow {flow.flow_id}: {error}", type="error")
        return "unreadable"
    siren = message.seller_siren
    found = await repository.submission_of_number(session, siren, message.invoice_number) if siren else None
    if found is None:
        log.warning("einvoice.unknown_invoice", flow=flow.flow_id, siren=siren, number=message.invoice_number)
        return "unknown_invoice"
    taken = await take_status(session, *found, message, provider_status_id=flow.flow_id)
    return "status" if taken else "duplicate"


async def take_acknowledgement(session: AsyncSession, flow: Flow) -> Outcome:
    """The platform took or refused a file of ours; a refused invoice has the lifecycle status that the refusal means."""
    if flow.acknowledgement is None or flow.acknowledgement.status != "Error":
        return "acknowledged"
    detail = next((item for item in flow.acknowledgement.details if item.level == "Error"), None)
    found = await repository.submission_of_flow(session, flow.flow_id, flow.tracking_id)
    if found is None:
        why = f"{detail.reason_code} {detail.reason_message}" if detail else "no reason given"
        add_log(
            session, None, "einvoice.flow_refused", f"flow {flow.flow_id} ({flow.tracking_id}): {why}", type="error"
        )
        return "ignored"
    submission, invoice = found
    code, reason = ACKNOWLEDGED_AS.get(detail.reason_code if detail else "", (501, "AUTRE"))
    platform = Party("WK")
    message = Lifecycle(
        message_id=flow.flow_id,
        code=code,
        occurred_at=flow.updated_at or datetime.now(UTC),
        invoice_number=invoice.number or "",
        invoice_date=invoice.issue_date,
        type_code="",
        sender=platform,
        issuer=platform,
        recipient=platform,
        seller_siren=None,
        reason_code=reason,
        reason=detail.reason_message or None if detail else None,
    )
    taken = await take_status(session, submission, invoice, message, provider_status_id=f"{flow.flow_id}:ack")
    return "status" if taken else "duplicate"


async def take_status(
    session: AsyncSession,
    submission: EinvoiceSubmission,
    invoice: Invoice,
    message: Lifecycle,
    *,
    provider_status_id: str,
    direction: Literal["in", "out"] = "in",
    details: dict[str, Any] | None = None,
    amount: str | None = None,
) -> bool:
    """Adds a status to the invoice's history and, where it holds, makes it the invoice's own and tells the artisan.

    False when it is there already. ``amount`` is what was collected, in words.
    """
    organization_id = submission.organization_id
    before = submission.status_code
    since = (
        await repository.moment_of_status(session, organization_id, invoice.id, before) if before is not None else None
    )
    status_id = await repository.add_status(
        session,
        organization_id,
        {
            "invoice_id": invoice.id,
            "submission_id": submission.id,
            "code": message.code,
            "direction": direction,
            "reason_code": message.reason_code,
            "reason": message.reason,
            "occurred_at": message.occurred_at,
            "details": {"message_id": message.message_id, "issuer": message.issuer.role, **(details or {})},
            "provider_status_id": provider_status_id,
        },
    )
    if status_id is None:
        return False
    if not moves(before, since, message.code, message.occurred_at, message.reason_code):
        return True
    submission.status_code, submission.error = message.code, None
    if submission.acknowledged_at is None:
        submission.acknowledged_at = func.now()
    await session.flush()
    if message.code in TOLD and (message.code != before or direction == "out"):
        await _tell(session, submission, invoice, message, amount)
    return True


async def _tell(
    session: AsyncSession, submission: EinvoiceSubmission, invoice: Invoice, message: Lifecycle, amount: str | None
) -> None:
    await notices.tell(
        session,
        submission.organization_id,
        invoice,
        "einvoicing.status",
        code=message.code,
        reason_code=message.reason_code,
        reason=message.reason,
        amount=amount,
        credit=invoice.type == "credit_note",
        due=date_text(invoice.due_date) if invoice.due_date else None,
    )
    if message.code == 501:
        text = f"{invoice.number}: {message.reason_code} {message.reason or ''}"
        add_log(session, submission.organization_id, "einvoice.irreceivable", text, type="error")
