"""Control of the simulated platform: /simulator/einvoicing/*, on the loopback interface only, only while it stands in.

Tests and the demo move invoices through their lifecycle as platforms and buyers would, and order failures.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from api.errors import ApiError
from api.simulated_behaviour import with_changes
from api.simulator import only_loopback
from services.einvoicing.lifecycle import LABELS, REASONED
from services.einvoicing.simulator.app import PlatformSimulator
from services.einvoicing.simulator.state import Behaviour, Fault


async def _simulator(request: Request) -> PlatformSimulator:
    simulator: PlatformSimulator = request.app.state.platform_simulator
    return simulator


SimulatorDep = Annotated[PlatformSimulator, Depends(_simulator)]
router = APIRouter(prefix="/simulator/einvoicing", tags=["simulator"], dependencies=[Depends(only_loopback)])


class StatusOrder(BaseModel):
    """The status that an invoice comes to. 206, 207, 208, 210, 213 and 501 need a reason code."""

    model_config = ConfigDict(extra="forbid")

    code: int
    reason_code: str | None = None
    reason: str | None = None


@router.get("/flows")
async def flows(simulator: SimulatorDep, organization: str | None = None) -> dict[str, Any]:
    """Every flow of the platform, in or out, of one company's SIREN or all, first to last."""
    found = [flow for flow in simulator.state.flows.values() if organization in (None, flow.organization)]
    return {"flows": [flow.resource() for flow in found]}


@router.post("/flows/{flow_id}/statuses")
async def order_status(flow_id: str, body: StatusOrder, simulator: SimulatorDep) -> dict[str, str]:
    """The invoice of a deposited flow comes to a status; answers with the flow that carries the message."""
    flow = simulator.state.flows.get(flow_id)
    if flow is None or flow.invoice is None:
        raise ApiError(404, "No invoice was deposited as this flow.")
    if body.code not in LABELS:
        raise ApiError(422, f"{body.code} is not a status.")
    if body.code in REASONED and not body.reason_code:
        raise ApiError(422, f"{body.code} needs a reason code.")
    return {"flow_id": simulator.network.status(flow, body.code, body.reason_code, body.reason)}


@router.get("/behaviour")
async def behaviour(simulator: SimulatorDep) -> Behaviour:
    """How the simulated platform behaves now."""
    return simulator.state.behaviour


@router.patch("/behaviour")
async def change_behaviour(simulator: SimulatorDep, body: dict[str, Any]) -> Behaviour:
    """Changes some of its habits: statuses that follow by themselves, webhooks, who is in the directory."""
    simulator.state.behaviour = with_changes(simulator.state.behaviour, body)
    return simulator.state.behaviour


@router.post("/faults")
async def order_fault(simulator: SimulatorDep, body: Fault) -> dict[str, Any]:
    """Orders a failure of one of the platform's operations."""
    simulator.state.faults.append(body)
    return {"ordered": [fault.model_dump() for fault in simulator.state.faults]}


@router.delete("/faults")
async def forget_faults(simulator: SimulatorDep) -> dict[str, Any]:
    """Takes back all failures that have not happened yet."""
    simulator.state.faults.clear()
    return {"ordered": []}
