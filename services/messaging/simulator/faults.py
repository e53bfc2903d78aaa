"""Forced faults: answers of the provider that a test or a person orders for one of its routes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.messaging.simulator.wire import ProviderError


class Fault(BaseModel):
    """The next ``times`` calls of ``route`` (name of the REST operation, "*" for all) fail.

    ``when`` "after" fails a send although it was carried out, as a 504 may; ``hang_seconds`` waits before failing, or
    before answering normally when there is no ``status``.
    """

    model_config = ConfigDict(extra="forbid")

    route: str = "*"
    status: int | None = None
    type: str = "unexpected_error"
    times: int = Field(default=1, ge=1)
    when: Literal["before", "after"] = "before"
    hang_seconds: float = Field(default=0, ge=0)


@dataclass(slots=True)
class Faults:
    """The faults that are still to come."""

    ordered: list[Fault]

    async def apply(self, route: str, when: Literal["before", "after"]) -> None:
        """Uses up the first fault ordered for this moment. Raises ``ProviderError``."""
        fault = next((f for f in self.ordered if f.route in (route, "*") and f.when == when), None)
        if fault is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self.ordered.remove(fault)
        if fault.hang_seconds:
            await asyncio.sleep(fault.hang_seconds)
        if fault.status is not None:
            raise ProviderError(fault.status, fault.type, "Fault ordered by the simulator's control API.")
