"""What the simulated platform remembers: flows with their files, invoices, webhooks, tokens. Bounded; the oldest go first."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from services.einvoicing.simulator.invoices import ReadInvoice

MAXIMUM_FLOWS = 5_000
TOKEN_SECONDS = 600


class Behaviour(BaseModel):
    """How the simulated platform and the buyers behind it behave.

    ``arrives``: statuses that follow a deposit by themselves; ``webhooks`` off leaves it to polling; ``unknown_sirens``
    have no line in the directory: their invoices end in a routing error (221).
    """

    model_config = ConfigDict(extra="forbid")

    arrives: list[int] = Field(default_factory=lambda: [200, 201, 202, 203])
    webhooks: bool = True
    duplicated_webhooks: bool = False
    unknown_sirens: list[str] = Field(default_factory=list)
    latency_ms: int = Field(default=0, ge=0, le=60_000)


class Fault(BaseModel):
    """The next ``times`` calls of ``route`` (name of the operation, "*" for all) fail.

    ``when`` "after" fails a deposit although it was taken; ``cut`` breaks the connection off instead of answering.
    """

    model_config = ConfigDict(extra="forbid")

    route: str = "*"
    status: int | None = None
    cut: bool = False
    times: int = Field(default=1, ge=1)
    when: Literal["before", "after"] = "before"
    hang_seconds: float = Field(default=0, ge=0)


@dataclass(slots=True)
class StoredFlow:
    """A flow and its file. ``invoice`` is what was read in it, for deposits of invoices."""

    flow_id: str
    info: dict[str, Any]
    content: bytes
    flow_type: str
    direction: str
    organization: str | None
    submitted_at: datetime
    updated_at: datetime
    ack: str = "Ok"
    details: list[dict[str, str]] = field(default_factory=list)
    invoice: ReadInvoice | None = None

    def resource(self) -> dict[str, Any]:
        """The flow as the Flow service shows it."""
        acknowledgement: dict[str, Any] = {"status": self.ack}
        if self.details:
            acknowledgement["details"] = self.details
        return {
            **{key: value for key, value in self.info.items() if key != "sha256"},
            "processingRule": self.info.get("processingRule") or "Undefined",
            "flowProfile": self.info.get("flowProfile") or "Undefined",
            "processingRuleSource": "Input" if self.info.get("processingRule") else "Computed",
            "flowId": self.flow_id,
            "submittedAt": moment(self.submitted_at),
            "updatedAt": moment(self.updated_at),
            "flowType": self.flow_type,
            "flowDirection": self.direction,
            "acknowledgement": acknowledgement,
        }


@dataclass(slots=True)
class Subscription:
    """A webhook and its key."""

    id: str
    url: str
    key: bytes
    flow_types: list[str]
    created_at: datetime


@dataclass(slots=True)
class State:
    """The platform's memory. ``client_secret`` opens it."""

    client_id: str
    client_secret: str
    behaviour: Behaviour = field(default_factory=Behaviour)
    faults: list[Fault] = field(default_factory=list)
    flows: OrderedDict[str, StoredFlow] = field(default_factory=OrderedDict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)
    last_moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """The time, never twice the same: changes are told apart by it."""
        self.last_moment = max(datetime.now(UTC), self.last_moment + timedelta(microseconds=1000))
        return self.last_moment

    def add(self, flow: StoredFlow) -> None:
        self.flows[flow.flow_id] = flow
        while len(self.flows) > MAXIMUM_FLOWS:
            self.flows.popitem(last=False)

    def accepted(self, invoice: ReadInvoice) -> StoredFlow | None:
        """The deposit that already holds this number of this seller in this year."""
        return next(
            (
                flow
                for flow in self.flows.values()
                if flow.invoice is not None and flow.ack == "Ok" and flow.invoice.identity == invoice.identity
            ),
            None,
        )

    def new_token(self) -> str:
        token = secrets.token_urlsafe(24)
        self.tokens[token] = datetime.now(UTC) + timedelta(seconds=TOKEN_SECONDS)
        return token

    def is_valid(self, token: str) -> bool:
        until = self.tokens.get(token)
        return until is not None and until > datetime.now(UTC)


def new_flow_id() -> str:
    return uuid4().hex


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
