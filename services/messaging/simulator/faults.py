"""Forced faults: answers of the provider that a test or a person orders for one of its routes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.messaging.simulator.wire import ProviderError


class Fault(BaseModel):
    """The next ``times`` calls of ``route`` (name of the REST operation, "*" for all) fail.

    ``when`` "after" fails a send although it was carried out, as a 504 may; ``hang_seconds`` waits before failing, or
    before answering normally when there is no ``status``. ``phone`` concerns chats with that phone only. ``wire`` "cut"
    closes the connection in the middle of the answer, "malformed" answers 201 with half a JSON document.
    """

    model_config = ConfigDict(extra="forbid")

    route: str = "*"
    status: int | None = None
    type: str = "unexpected_error"
    times: int = Field(default=1, ge=1)
    when: Literal["before", "after"] = "before"
    hang_seconds: float = Field(default=0, ge=0)
    phone: str | None = None
    retry_after: int | None = Field(default=None, ge=0)
    wire: Literal["cut", "malformed"] | None = None


class BrokenAnswer(Exception):
    """The answer does not arrive as it should: see ``Fault.wire``."""

    def __init__(self, how: Literal["cut", "malformed"]) -> None:
        super().__init__(how)
        self.how = how


class Broken(Response):
    """An answer that promises more than it holds: the server closes the connection in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"object":', "more_body": True})


@dataclass(slots=True)
class Faults:
    """The faults that are still to come."""

    ordered: list[Fault]

    async def apply(self, route: str, when: Literal["before", "after"], phone: str | None = None) -> None:
        """Uses up the first fault ordered for this moment and phone. Raises ``ProviderError`` or ``BrokenAnswer``."""
        fault = next(
            (f for f in self.ordered if f.route in (route, "*") and f.when == when and f.phone in (None, phone)), None
        )
        if fault is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self.ordered.remove(fault)
        if fault.hang_seconds:
            await asyncio.sleep(fault.hang_seconds)
        if fault.wire is not None:
            raise BrokenAnswer(fault.wire)
        if fault.status is not None:
            raise ProviderError(
                fault.status, fault.type, "Fault ordered by the simulator's control API.", retry_after=fault.retry_after
            )
