"""The platform at work: deposits become flows and statuses, and every change is told to the subscribed webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import Any

import structlog

from services.einvoicing import cdar
from services.einvoicing.lifecycle import DUPLICATE, LABELS, TRANSMISSION
from services.einvoicing.schemas import Lifecycle, Party
from services.einvoicing.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from services.einvoicing.simulator.invoices import ReadInvoice, Unreadable, read_invoice
from services.einvoicing.simulator.state import State, StoredFlow, Subscription, new_flow_id
from services.operations.http_post import Post

TIMEOUT = 30.0
RETRY_DELAYS = (1.0, 5.0, 30.0)

log = structlog.get_logger(__name__)


class Network:
    """Takes flows in, moves invoices through their lifecycle and calls webhooks. ``post`` carries the calls."""

    def __init__(self, state: State, post: Post, retry_delays: tuple[float, ...] = RETRY_DELAYS) -> None:
        self.state, self._post, self._retry_delays = state, post, retry_delays
        self.tasks: set[asyncio.Task[None]] = set()

    def take(self, info: dict[str, Any], content: bytes, organization: str | None) -> StoredFlow:
        """A deposit: checked, stored, and followed by what a platform says about it."""
        now = self.state.now()
        invoiced = info["flowSyntax"] in ("Factur-X", "CII", "UBL")
        flow = StoredFlow(
            flow_id=new_flow_id(),
            info=info,
            content=content,
            flow_type="CustomerInvoice" if invoiced else "CustomerInvoiceLC",
            direction="Out",
            organization=organization,
            submitted_at=now,
            updated_at=now,
        )
        self._check(flow, invoiced)
        self.state.add(flow)
        self._announce(flow)
        if flow.invoice is not None and flow.ack == "Ok":
            self._arrive(flow)
        return flow

    def status(self, flow: StoredFlow, code: int, reason_code: str | None = None, reason: str | None = None) -> str:
        """The invoice of a flow comes to a status; returns the id of the flow that carries the message."""
        assert flow.invoice is not None
        return self._tell(flow.invoice, flow.organization, code, reason_code, reason)

    async def close(self) -> None:
        """Stops the webhooks that are still to be sent."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _check(self, flow: StoredFlow, invoiced: bool) -> None:
        expected = flow.info.get("sha256")
        if expected and hashlib.sha256(flow.content).hexdigest() != expected:
            self._refuse(flow, "ChecksumMismatch", "the fingerprint is not the file's")
            return
        try:
            if not invoiced:
                cdar.parse(flow.content)
                return
            flow.invoice = read_invoice(flow.info["flowSyntax"], flow.content)
        except Unreadable as error:
            self._refuse(flow, error.reason, str(error))
        except cdar.NotALifecycle as error:
            self._refuse(flow, "InvoiceLCRuleError", str(error))

    def _refuse(self, flow: StoredFlow, reason: str, message: str) -> None:
        flow.ack = "Error"
        flow.details = [{"level": "Error", "item": flow.info["name"], "reasonCode": reason, "reasonMessage": message}]

    def _arrive(self, flow: StoredFlow) -> None:
        invoice = flow.invoice
        assert invoice is not None
        earlier = self.state.accepted(invoice)
        if earlier is not None and earlier is not flow:
            self._tell(invoice, flow.organization, 213, DUPLICATE, f"{invoice.number} was deposited before")
            return
        behaviour = self.state.behaviour
        unknown = invoice.buyer_siren in behaviour.unknown_sirens
        for code in behaviour.arrives:
            if unknown and code > 201:
                self._tell(invoice, flow.organization, 221, "ROUTAGE_ERR", "no line in the directory")
                return
            self._tell(invoice, flow.organization, code, None, None)

    def _tell(
        self, invoice: ReadInvoice, organization: str | None, code: int, reason_code: str | None, reason: str | None
    ) -> str:
        now = self.state.now()
        platform = Party("WK")
        by_platform = code in TRANSMISSION
        buyer = Party("BY", invoice.buyer_siren, invoice.buyer_name)
        content = cdar.build(
            Lifecycle(
                message_id=f"{invoice.number}_{code}_{now:%Y%m%d%H%M%S%f}",
                code=code,
                occurred_at=now,
                invoice_number=invoice.number,
                invoice_date=invoice.day,
                type_code=invoice.type_code,
                sender=platform,
                issuer=platform if by_platform else buyer,
                recipient=Party("SE", invoice.seller_siren, invoice.seller_name, invoice.seller_siren),
                seller_siren=invoice.seller_siren,
                label=LABELS.get(code),
                reason_code=reason_code,
                reason=reason,
            )
        )
        flow = StoredFlow(
            flow_id=new_flow_id(),
            info={"name": f"{invoice.number}_{code}.xml", "flowSyntax": "CDAR"},
            content=content,
            flow_type="CustomerInvoiceLC",
            direction="In",
            organization=organization,
            submitted_at=now,
            updated_at=now,
        )
        self.state.add(flow)
        self._announce(flow)
        return flow.flow_id

    def _announce(self, flow: StoredFlow) -> None:
        if not self.state.behaviour.webhooks:
            return
        for subscription in self.state.subscriptions.values():
            if subscription.flow_types and flow.flow_type not in subscription.flow_types:
                continue
            for _ in range(2 if self.state.behaviour.duplicated_webhooks else 1):
                task = asyncio.create_task(self._call(subscription, flow))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _call(self, subscription: Subscription, flow: StoredFlow) -> None:
        body = json.dumps(flow.resource()).encode()
        for delay in (0.0, *self._retry_delays):
            await asyncio.sleep(delay)
            timestamp = int(time.time())
            headers = {
                "content-type": "application/json",
                SIGNATURE_HEADER: sign(body, timestamp, subscription.key),
                TIMESTAMP_HEADER: str(timestamp),
            }
            try:
                if await self._post(subscription.url, headers, body) == 200:
                    return
            except Exception as error:
                log.debug("simulator.webhook_failed", url=subscription.url, error=repr(error))
        log.warning("simulator.webhook_given_up", url=subscription.url)
