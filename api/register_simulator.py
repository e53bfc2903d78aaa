"""Control of the simulated register of companies: /simulator/register/*, on the loopback interface only, only while it
stands in. Tests and the demo write companies in, take them away, and order failures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from api.simulated_behaviour import with_changes
from api.simulator import only_loopback
from services.company_register.simulator.app import RegisterSimulator
from services.company_register.simulator.state import Behaviour, Company, Fault


async def _simulator(request: Request) -> RegisterSimulator:
    simulator: RegisterSimulator = request.app.state.register_simulator
    return simulator


class Asked(BaseModel):
    """The questions that the register was asked, the last hundred, oldest first."""

    questions: list[str]


SimulatorDep = Annotated[RegisterSimulator, Depends(_simulator)]
Siren = Annotated[str, Path(pattern=r"^\d{9}$")]
router = APIRouter(prefix="/simulator/register", tags=["simulator"], dependencies=[Depends(only_loopback)])


@router.get("/questions")
async def questions(simulator: SimulatorDep) -> Asked:
    """What the register was asked."""
    return Asked(questions=simulator.state.asked)


@router.put("/companies/{siren}")
async def write_in(siren: Siren, simulator: SimulatorDep, body: Company) -> Company:
    """Writes a company into the register, in place of the one made of the digits of its SIREN."""
    simulator.state.companies[siren] = body
    return body


@router.get("/behaviour")
async def behaviour(simulator: SimulatorDep) -> Behaviour:
    """How the simulated register behaves now."""
    return simulator.state.behaviour


@router.patch("/behaviour")
async def change_behaviour(simulator: SimulatorDep, body: dict[str, Any]) -> Behaviour:
    """Changes some of its habits: which companies it does not have, how long it takes."""
    simulator.state.behaviour = with_changes(simulator.state.behaviour, body)
    return simulator.state.behaviour


@router.post("/faults")
async def order_fault(simulator: SimulatorDep, body: Fault) -> list[Fault]:
    """Orders that the next questions fail."""
    simulator.state.faults.append(body)
    return simulator.state.faults


@router.delete("/faults")
async def forget_faults(simulator: SimulatorDep) -> list[Fault]:
    """Takes back all failures that have not happened yet."""
    simulator.state.faults.clear()
    return simulator.state.faults
