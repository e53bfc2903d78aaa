"""Control of the simulated Stripe: /simulator/billing/*, on the loopback interface only, only while it stands in."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError
from api.simulated_behaviour import with_changes
from api.simulator import only_loopback
from services.billing.simulator.app import StripeSimulator
from services.billing.simulator.objects import DAY
from services.billing.simulator.state import Behaviour, Fault, Missing, Object
from services.billing.simulator.wire import shown


async def _simulator(request: Request) -> StripeSimulator:
    simulator: StripeSimulator = request.app.state.stripe_simulator
    return simulator


SimulatorDep = Annotated[StripeSimulator, Depends(_simulator)]
router = APIRouter(prefix="/simulator/billing", tags=["simulator"], dependencies=[Depends(only_loopback)])


class Days(BaseModel):
    """How far a customer's time goes on."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, le=800)


class CardOrder(BaseModel):
    """The card that a customer has from now on."""

    model_config = ConfigDict(extra="forbid")

    card: Literal["good", "declined"]


@router.get("/customers")
async def customers(simulator: SimulatorDep) -> dict[str, Any]:
    """Every customer with his subscriptions and invoices."""
    state = simulator.state

    def of(kind: str, customer: str) -> list[Object]:
        return [shown(each) for each in state.of(kind).values() if each["customer"] == customer]

    return {
        "customers": [
            {**shown(each), "subscriptions": of("subscription", id), "invoices": of("invoice", id)}
            for id, each in state.of("customer").items()
        ]
    }


@router.post("/customers/{customer_id}/time")
async def let_time_pass(customer_id: str, body: Days, simulator: SimulatorDep) -> dict[str, Any]:
    """Days go by for one customer, on a test clock that he is given: trials end, renewals are charged, tries repeated."""
    customer, state = _customer(simulator, customer_id), simulator.state
    if customer["test_clock"] is None:
        values = {"frozen_time": int(time.time()), "name": customer_id, "status": "ready"}
        clock = state.add("test_helpers.test_clock", "clock", values)["id"]
        for kind in ("subscription", "invoice"):
            for each in state.of(kind).values():
                if each["customer"] == customer_id:
                    each["test_clock"] = clock
        customer["test_clock"] = clock
    clock = customer["test_clock"]
    until = state.get("test_helpers.test_clock", clock)["frozen_time"] + body.days * DAY
    simulator.life.advance(clock, until)
    return {"clock": clock, "frozen_time": until}


@router.put("/customers/{customer_id}/card")
async def give_card(customer_id: str, body: CardOrder, simulator: SimulatorDep) -> dict[str, str]:
    """The card that is charged from now on works, or is declined."""
    _customer(simulator, customer_id)
    simulator.state.cards[customer_id] = body.card
    return {"card": body.card}


@router.get("/behaviour")
async def behaviour(simulator: SimulatorDep) -> Behaviour:
    """How the simulated Stripe behaves now."""
    return simulator.state.behaviour


@router.patch("/behaviour")
async def change_behaviour(simulator: SimulatorDep, body: dict[str, Any]) -> Behaviour:
    """Changes some of its habits: webhooks, how often each is sent, when charges are tried again."""
    simulator.state.behaviour = with_changes(simulator.state.behaviour, body)
    return simulator.state.behaviour


@router.post("/faults")
async def order_fault(simulator: SimulatorDep, body: Fault) -> dict[str, Any]:
    """Orders a failure of the API."""
    simulator.state.faults.append(body)
    return {"ordered": [fault.model_dump() for fault in simulator.state.faults]}


def _customer(simulator: StripeSimulator, customer_id: str) -> Object:
    try:
        return simulator.state.get("customer", customer_id)
    except Missing as error:
        raise ApiError(404, "There is no such customer.") from error
