"""The forms of XP Z12-013 1.3.0 as they travel, and the lifecycle message as the house reads it. Amounts: Decimal EUR."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

FlowSyntax = Literal["CII", "UBL", "Factur-X", "CDAR", "FRR"]
ProcessingRule = Literal["B2B", "B2G", "B2BInt", "B2C", "NotApplicable"]
InvoiceFormat = Literal["factur-x", "ubl", "cii"]
SYNTAX: dict[str, FlowSyntax] = {"factur-x": "Factur-X", "ubl": "UBL", "cii": "CII"}
MEDIA_TYPE = {"factur-x": "application/pdf", "ubl": "application/xml", "cii": "application/xml"}
LIFECYCLE = frozenset(["CustomerInvoiceLC", "StateCustomerInvoiceLC"])
"""Flow types that carry a lifecycle message about an invoice of ours."""


class _Wire(BaseModel):
    """camelCase outside, snake_case inside; what a newer version of the service adds is let through."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class FlowInfo(_Wire):
    """What accompanies a file: who tracks it, under which rule it is processed, its form and its fingerprint."""

    tracking_id: str | None = Field(default=None, max_length=64)
    name: str = Field(max_length=255)
    processing_rule: str | None = None
    flow_syntax: str
    flow_profile: str | None = None
    sha256: str | None = Field(default=None, pattern="^[a-f0-9]{64}$")


class AcknowledgementDetail(_Wire):
    """One thing that the platform found wrong with a flow."""

    level: str = "Error"
    item: str = ""
    reason_code: str
    reason_message: str = ""


class Acknowledgement(_Wire):
    """Whether the platform took the file: Pending, Ok or Error. This is not yet a lifecycle status."""

    status: str
    details: list[AcknowledgementDetail] = Field(default_factory=list)


class Flow(FlowInfo):
    """A flow as the platform knows it. ``flow_direction``: In = to us, Out = from us."""

    flow_id: str = Field(max_length=64)
    submitted_at: datetime
    updated_at: datetime | None = None
    flow_type: str = "Undefined"
    flow_direction: str | None = None
    acknowledgement: Acknowledgement | None = None


class FlowPage(_Wire):
    """One page of a search; ``next_cursor`` is missing on the last."""

    results: list[Flow] = Field(default_factory=list)
    next_cursor: str | None = None


class Webhook(_Wire):
    """A subscription. The signing key is told once, when it is made."""

    webhook_id: str
    callback_url: str | None = None
    signing_key: str | None = None


class LegalUnit(_Wire):
    """A company of the directory."""

    siren: str
    business_name: str | None = None
    administrative_status: str | None = None


class Facility(_Wire):
    """An establishment of the directory."""

    siret: str
    siren: str | None = None
    name: str | None = None
    administrative_status: str | None = None


class RoutingCode(_Wire):
    """A service or department that a facility wants its invoices routed to."""

    routing_identifier: str
    siret: str | None = None
    routing_code_name: str | None = None


class DirectoryLine(_Wire):
    """An electronic address in the directory; only an Enabled one is served by a platform."""

    addressing_identifier: str
    siren: str | None = None
    siret: str | None = None
    routing_identifier: str | None = None
    addressing_suffix: str | None = None
    platform_type: str | None = None
    directory_line_status: str | list[str] | None = None

    @property
    def enabled(self) -> bool:
        status = self.directory_line_status
        return "Enabled" in (status if isinstance(status, list) else [status])


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a lifecycle message. ``role``: SE seller, BY buyer, WK platform, DFH the State's hub."""

    role: str
    siren: str | None = None
    name: str | None = None
    address: str | None = None
    """Electronic address (scheme 0225)."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Money collected at one VAT rate, EUR incl. VAT (MDT-215 and MDT-224)."""

    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A lifecycle message (CDAR) about one invoice: its status, why, and since when."""

    message_id: str
    code: int
    occurred_at: datetime
    invoice_number: str
    invoice_date: date | None
    type_code: str
    sender: Party
    issuer: Party
    recipient: Party
    seller_siren: str | None
    label: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    collected: list[Collected] = field(default_factory=list)


class CollectedPayment(BaseModel):
    """A payment to be told to the platform: the arguments of a job. ``amounts`` are [rate, EUR incl. VAT]."""

    invoice_id: UUID
    payment_id: UUID
    paid_on: date
    amounts: list[tuple[Decimal, Decimal]]

    @property
    def collected(self) -> list[Collected]:
        return [Collected(rate, amount) for rate, amount in self.amounts]
