"""Queue tasks of e-invoicing: deposit an invoice, tell of a payment, read what the platform has, look for what it told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from procrastinate import RetryStrategy

from db.models import Organization
from db.queue import database, defer, queue
from db.repositories import einvoicing as repository
from db.repositories.accounts import add_log
from db.settings import settings
from services.clients.identifiers import siren_of
from services.einvoicing import reception
from services.einvoicing.platform import current_platform
from services.einvoicing.platform_errors import PlatformError
from services.einvoicing.schemas import LIFECYCLE, CollectedPayment, Flow
from services.einvoicing.submission import Submissions, try_again
from services.storage.service import storage

FIRST_LOOK = timedelta(days=7)
"""How far back the first poll of an organization looks."""
OVERLAP = timedelta(minutes=2)
"""Polls look a little further back than the last one ended: the platform's clock is not ours."""

log = structlog.get_logger(__name__)
_OURS = RetryStrategy(max_attempts=20, wait=2, linear_wait=2)
"""For failures of our own; those of the platform are settled inside."""


def submissions() -> Submissions:
    """Submissions as this process makes them."""
    return Submissions(database(), current_platform(), storage().get)


@queue.task(name="submit_einvoice", retry=_OURS)
async def submit_einvoice(*, organization_id: str, submission_id: str, attempt: int = 1) -> None:
    """Gives an invoice to the platform."""
    await submissions().submit(UUID(organization_id), UUID(submission_id), attempt)


@queue.task(name="tell_collected", retry=_OURS)
async def tell_collected(*, organization_id: str, attempt: int = 1, **payment: Any) -> None:
    """Tells the platform of a payment; ``payment`` has the fields of ``CollectedPayment``."""
    told = CollectedPayment.model_validate(payment)
    await submissions().tell_collected(UUID(organization_id), told, attempt)


@queue.task(name="read_einvoice_flow", retry=_OURS)
async def read_einvoice_flow(*, flow_id: str, organization: str | None = None, attempt: int = 1) -> None:
    """Reads a flow that the platform told of and takes in what it says. Reading one twice changes nothing."""
    platform = current_platform()
    try:
        flow = await platform.flow(flow_id, organization=organization)
        content = None
        if reception.wants_file(flow):
            content = await platform.document(flow_id, organization=organization)
    except PlatformError as error:
        log.warning("einvoice.unread", flow=flow_id, attempt=attempt, error=str(error))
        async with database().system() as session:
            arguments = {"flow_id": flow_id, "organization": organization}
            if not await try_again(
                session, "read_einvoice_flow", error, attempt, lock=f"einvoice-flow:{flow_id}", **arguments
            ):
                add_log(session, None, "einvoice.unread", f"flow {flow_id}: {error}", type="error")
        return
    async with database().system() as session:
        if content is not None:
            outcome = await reception.take_lifecycle(session, flow, content)
        else:
            outcome = await reception.take_acknowledgement(session, flow)
    log.info("einvoice.read", flow=flow_id, outcome=outcome)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="poll_einvoices", queueing_lock="poll_einvoices", pass_context=False)
async def poll_einvoices(timestamp: int) -> None:
    """Looks for what webhooks did not bring, organization by organization."""
    if settings().einvoicing != "off":
        await poll()


async def poll() -> int:
    """Calls for the reading of every flow that changed since the last poll; returns how many were called for."""
    async with database().system() as session:
        organizations = await repository.organizations_on(session)
    called = 0
    for organization in organizations:
        siren = siren_of(siret=organization.siret)
        if siren is None:
            continue
        began = datetime.now(UTC)
        try:
            flows = await current_platform().updated(
                _polled_until(organization, began) - OVERLAP,
                flow_types=["CustomerInvoice", *sorted(LIFECYCLE)],
                organization=siren,
            )
        except PlatformError as error:
            log.warning("einvoice.poll_failed", organization=str(organization.id), error=str(error))
            continue
        async with database().system() as session:
            for flow in flows:
                called += int(await _call_for(session, flow, siren))
            await repository.set_polled_until(session, organization.id, began)
    return called


async def _call_for(session: Any, flow: Flow, siren: str) -> bool:
    """Defers the reading of a flow unless all it can say is known."""
    if reception.wants_file(flow):
        wanted = not await repository.known_status(session, flow.flow_id)
    else:
        refused = flow.acknowledgement is not None and flow.acknowledgement.status == "Error"
        wanted = refused and not await repository.known_status(session, f"{flow.flow_id}:ack")
    if wanted:
        lock = f"einvoice-flow:{flow.flow_id}"
        await defer(session, "read_einvoice_flow", lock=lock, flow_id=flow.flow_id, organization=siren)
    return wanted


def _polled_until(organization: Organization, now: datetime) -> datetime:
    value = organization.settings.get("einvoicing_polled_until")
    return datetime.fromisoformat(value) if isinstance(value, str) else now - FIRST_LOOK
