"""Giving an invoice, or word of a payment, to the platform: found or deposited, recorded, tried again as the table says."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EinvoiceSubmission, Invoice
from db.queue import defer
from db.repositories import documents
from db.repositories import einvoicing as repository
from db.repositories.accounts import add_log
from db.session import Database
from services.documents.amounts import euros
from services.documents.einvoice_codes import type_code
from services.documents.einvoice_parties import buyer_siren
from services.documents.rendering import thawed
from services.documents.schemas import Document, Seller
from services.einvoicing import cdar, notices, reception
from services.einvoicing.files import content_of
from services.einvoicing.lifecycle import ENDED
from services.einvoicing.platform import Platform
from services.einvoicing.platform_errors import PlatformError, RateLimited
from services.einvoicing.recipients import electronic_address, processing_rule, seller_siren
from services.einvoicing.retry_policy import NotDepositedYet, rule_for
from services.einvoicing.schemas import SYNTAX, CollectedPayment, Flow, FlowInfo, Lifecycle, Party

log = structlog.get_logger(__name__)
EN_16931 = "CIUS"
"""Profile of our invoices in the Flow service's words."""
ReadFile = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Submissions:
    """Gives invoices to a platform. No transaction is open while the platform is called."""

    database: Database
    platform: Platform
    read_file: ReadFile

    async def submit(self, organization_id: UUID, submission_id: UUID, attempt: int) -> None:
        """Deposits an invoice once: the platform is asked first whether it has it, so a broken-off try does no harm."""
        async with self.database.tenant(organization_id) as session:
            found = await _load(session, organization_id, submission_id)
            if found is None or found[0].flow_id is not None:
                return
            submission, invoice = found
        try:
            content = await content_of(invoice, submission.format, self.read_file)
            info = _info(submission, invoice, content)
            async with self.database.tenant(organization_id) as session:
                await repository.note_fingerprint(session, organization_id, submission_id, info.sha256 or "")
            flow = await self._deposit(info, content, _organization(invoice))
        except PlatformError as error:
            await self._failed(organization_id, submission_id, error, attempt)
            return
        async with self.database.tenant(organization_id) as session:
            await _deposited(session, organization_id, submission_id, flow)
        async with self.database.system() as session:
            await reception.take_acknowledgement(session, flow)

    async def tell_collected(self, organization_id: UUID, payment: CollectedPayment, attempt: int) -> None:
        """Tells the platform that money came in (212), once per payment and after it has the invoice."""
        tracking_id = f"{payment.payment_id}-212"
        async with self.database.tenant(organization_id) as session:
            invoice = await documents.get_row(session, organization_id, "invoice", payment.invoice_id)
            submission = await repository.submission_of(session, organization_id, payment.invoice_id)
            if not isinstance(invoice, Invoice) or await repository.known_status(session, tracking_id):
                return
        if (submission is None and invoice.pdf_status != "pending") or (submission and submission.status_code in ENDED):
            return
        message = collected_message(invoice, payment, datetime.now(UTC))
        content = cdar.build(message)
        info = FlowInfo(
            tracking_id=tracking_id,
            name=f"{invoice.number}_212.xml",
            processing_rule=_rule(invoice),
            flow_syntax="CDAR",
            flow_profile="Undefined",
            sha256=hashlib.sha256(content).hexdigest(),
        )
        try:
            if submission is None or submission.flow_id is None:
                raise NotDepositedYet(str(invoice.number))
            flow = await self._deposit(info, content, _organization(invoice))
        except PlatformError as error:
            await self._not_told(organization_id, invoice, payment, error, attempt)
            return
        async with self.database.tenant(organization_id) as session:
            await _told(session, organization_id, submission.id, message, flow, payment)

    async def _deposit(self, info: FlowInfo, content: bytes, organization: str | None) -> Flow:
        assert info.tracking_id
        flow = await self.platform.find(info.tracking_id, organization=organization)
        return flow or await self.platform.deposit(info, content, organization=organization)

    async def _failed(self, organization_id: UUID, submission_id: UUID, error: PlatformError, attempt: int) -> None:
        """Defers the next try, or gives up: the artisan is told and an admin sees it."""
        log.warning("einvoice.failed", submission=str(submission_id), attempt=attempt, error=str(error))
        async with self.database.tenant(organization_id) as session:
            await repository.note_failure(session, organization_id, submission_id, str(error)[:500])
            found = await _load(session, organization_id, submission_id)
            assert found is not None
            invoice = found[1]
            arguments = {"organization_id": str(organization_id), "submission_id": str(submission_id)}
            if await try_again(session, "submit_einvoice", error, attempt, lock=f"einvoice:{invoice.id}", **arguments):
                return
            text = f"{invoice.number}: {error}"
            add_log(session, organization_id, "einvoice.failed", text, type="error", submission_id=str(submission_id))
            await notices.tell(session, organization_id, invoice, "einvoicing.not_sent")

    async def _not_told(
        self, organization_id: UUID, invoice: Invoice, payment: CollectedPayment, error: PlatformError, attempt: int
    ) -> None:
        log.warning("einvoice.not_told", invoice=invoice.number, attempt=attempt, error=str(error))
        arguments = {"organization_id": str(organization_id), **payment.model_dump(mode="json")}
        async with self.database.tenant(organization_id) as session:
            lock = f"einvoice:{invoice.id}"
            if not await try_again(session, "tell_collected", error, attempt, lock=lock, **arguments):
                text = f"212 of {invoice.number}: {error}"
                add_log(session, organization_id, "einvoice.not_told", text, type="error", payment=arguments)


async def try_again(
    session: AsyncSession, task: str, error: PlatformError, attempt: int, *, lock: str | None, **arguments: Any
) -> bool:
    """Defers the next try of a job after the delay of the policy; False when there is none left."""
    rule = rule_for(error)
    if attempt >= rule.attempts:
        return False
    seconds = rule.delay(attempt)
    if isinstance(error, RateLimited) and error.retry_after is not None:
        seconds = max(seconds, error.retry_after)
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    await defer(session, task, lock=lock, schedule_at=at, attempt=attempt + 1, **arguments)
    return True


def collected_message(invoice: Invoice, payment: CollectedPayment, now: datetime) -> Lifecycle:
    """The lifecycle message "Encaissée" of the seller about his invoice, amount per rate (BR-FR-CDV-14)."""
    document, seller = _frozen(invoice)
    assert document.buyer is not None and invoice.number is not None
    me = Party("SE", seller_siren(seller), seller.name, seller.einvoicing_address)
    buyer = Party("BY", buyer_siren(document.buyer), document.buyer.name, electronic_address(document.buyer))
    return Lifecycle(
        message_id=f"{invoice.number}_212_{payment.payment_id.hex[-12:]}",
        code=212,
        occurred_at=now,
        invoice_number=invoice.number,
        invoice_date=invoice.issue_date,
        type_code=type_code(document),
        sender=me,
        issuer=me,
        recipient=buyer,
        seller_siren=me.siren,
        collected=payment.collected,
    )


async def _load(
    session: AsyncSession, organization_id: UUID, submission_id: UUID, *, lock: bool = False
) -> tuple[EinvoiceSubmission, Invoice] | None:
    submission = await repository.get_submission(session, organization_id, submission_id, lock=lock)
    if submission is None:
        return None
    invoice = await documents.get_row(session, organization_id, "invoice", submission.invoice_id)
    return (submission, invoice) if isinstance(invoice, Invoice) else None


async def _deposited(session: AsyncSession, organization_id: UUID, submission_id: UUID, flow: Flow) -> None:
    submission = await repository.get_submission(session, organization_id, submission_id, lock=True)
    if submission is not None:
        submission.flow_id, submission.error = flow.flow_id, None
        await session.flush()


async def _told(
    session: AsyncSession,
    organization_id: UUID,
    submission_id: UUID,
    message: Lifecycle,
    flow: Flow,
    payment: CollectedPayment,
) -> None:
    found = await _load(session, organization_id, submission_id, lock=True)
    assert found is not None and flow.tracking_id
    total = sum((item.amount for item in message.collected), Decimal(0))
    await reception.take_status(
        session,
        found[0],
        found[1],
        message,
        provider_status_id=flow.tracking_id,
        direction="out",
        details={
            "flow_id": flow.flow_id,
            "paid_on": payment.paid_on.isoformat(),
            "collected": [{"rate": str(item.rate), "amount": str(item.amount)} for item in message.collected],
        },
        amount=euros(total),
    )


def _info(submission: EinvoiceSubmission, invoice: Invoice, content: bytes) -> FlowInfo:
    ending = "pdf" if submission.format == "factur-x" else "xml"
    return FlowInfo(
        tracking_id=submission.tracking_id,
        name=f"{invoice.number}.{ending}",
        processing_rule=_rule(invoice),
        flow_syntax=SYNTAX[submission.format],
        flow_profile=EN_16931,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _rule(invoice: Invoice) -> str | None:
    return processing_rule(_frozen(invoice)[0].buyer)


def _organization(invoice: Invoice) -> str | None:
    return seller_siren(_frozen(invoice)[1])


def _frozen(invoice: Invoice) -> tuple[Document, Seller]:
    assert invoice.snapshot is not None
    document, seller, _, _ = thawed(invoice.snapshot)
    return document, seller
