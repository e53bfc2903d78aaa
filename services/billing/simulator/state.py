"""What the simulated Stripe remembers, and its time: the real one, or that of a customer's test clock."""

from __future__ import annotations

import copy
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.billing.stripe_api import API_VERSION

MOST_EVENTS = 50_000
Object = dict[str, Any]
Card = Literal["good", "declined"]


class Behaviour(BaseModel):
    """How the simulated account behaves.

    ``retry_days``: when a failed renewal is tried again, in days after the first try; ``after_retries``: what becomes of
    the subscription then. ``webhooks`` off leaves everything to reconciliation; ``deliveries``: how often each is sent.
    """

    model_config = ConfigDict(extra="forbid")

    retry_days: list[int] = Field(default_factory=lambda: [3, 5, 12])
    after_retries: Literal["unpaid", "canceled", "past_due"] = "unpaid"
    webhooks: bool = True
    deliveries: int = Field(default=1, ge=1, le=5)


class Fault(BaseModel):
    """The next ``times`` calls whose path begins with ``path`` fail with ``status``."""

    model_config = ConfigDict(extra="forbid")

    path: str = "/v1"
    status: int = Field(default=500, ge=400, le=599)
    times: int = Field(default=1, ge=1, le=1000)


class Missing(LookupError):
    """There is no such object."""

    def __init__(self, kind: str, id: str, param: str = "id") -> None:
        super().__init__(f"No such {kind}: '{id}'")
        self.param = param


@dataclass(slots=True)
class State:
    """The account. ``key`` opens it; ``base`` is where its pages are reached."""

    key: str
    base: str
    behaviour: Behaviour = field(default_factory=Behaviour)
    faults: list[Fault] = field(default_factory=list)
    kept: dict[str, OrderedDict[str, Object]] = field(default_factory=dict)
    """Objects by kind and id, the oldest first."""
    cards: dict[str, Card] = field(default_factory=dict)
    """The card of each customer who has one."""
    answers: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    """Answers by idempotency key, with the fingerprint of their request."""
    now: int | None = None
    """The moment that is being played on a test clock; None = the present."""

    def time(self, clock_id: str | None = None) -> int:
        """Unix seconds, on a clock or in the world."""
        if self.now is not None:
            return self.now
        if clock_id is not None:
            return int(self.get("test_helpers.test_clock", clock_id)["frozen_time"])
        return int(time.time())

    def of(self, kind: str) -> OrderedDict[str, Object]:
        """All objects of a kind, the oldest first."""
        return self.kept.setdefault(kind, OrderedDict())

    def get(self, kind: str, id: str, param: str = "id") -> Object:
        """One object. Raises ``Missing``."""
        try:
            return self.of(kind)[id]
        except KeyError:
            raise Missing(kind.rpartition(".")[2], id, param) from None

    def add(self, kind: str, prefix: str, values: Object, created: int | None = None) -> Object:
        """A new object with an id."""
        made: Object = {"id": new_id(prefix), "object": kind, "created": created or self.time(), "livemode": False}
        made |= values
        self.of(kind)[made["id"]] = made
        return made

    def emit(self, type: str, subject: Object, before: Object | None = None) -> Object:
        """Notes an event with a copy of what it is about; ``before`` are the values that have changed."""
        data: Object = {"object": copy.deepcopy(subject)}
        if before is not None:
            data["previous_attributes"] = before
        event = self.add(
            "event",
            "evt",
            {
                "api_version": API_VERSION,
                "type": type,
                "data": data,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
            },
            self.time(subject.get("test_clock")),
        )
        events = self.of("event")
        while len(events) > MOST_EVENTS:
            events.popitem(last=False)
        return event


def new_id(prefix: str) -> str:
    """An id as Stripe makes them."""
    return f"{prefix}_{secrets.token_hex(12)}"
