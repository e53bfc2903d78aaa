"""What every route of the simulated platform shares: tokens, forced faults, error bodies, the connection cut off."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from services.einvoicing.simulator.network import Network
from services.einvoicing.simulator.state import State

CODES = {
    400: "MISSING_REQUIRED_FIELD",
    401: "MISSING_TOKEN",
    403: "FORBIDDEN_ACCESS",
    404: "MISSING_RESOURCE",
    413: "FILE_SIZE_EXCEEDED",
    422: "UNPROCESSABLE_ENTITY",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "RESOURCE_ERROR",
}


class ServiceError(Exception):
    """An error answer of the platform."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(f"{status} {message}")
        self.status, self.message = status, message


class CutOff(Exception):
    """The connection breaks off without an answer."""


class _Broken(Response):
    """Announces a body and never sends it: the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


async def fail_as_ordered(state: State, route: str, when: Literal["before", "after"]) -> None:
    """Uses up the first fault ordered for this moment. Raises ``ServiceError`` or ``CutOff``."""
    fault = next((f for f in state.faults if f.route in (route, "*") and f.when == when), None)
    if fault is None:
        return
    fault.times -= 1
    if fault.times == 0:
        state.faults.remove(fault)
    if fault.hang_seconds:
        await asyncio.sleep(fault.hang_seconds)
    if fault.cut:
        raise CutOff
    if fault.status is not None:
        raise ServiceError(fault.status, "Fault ordered by the simulator's control API.")


async def _network(request: Request) -> Network:
    """Checks the bearer token, waits and fails as ordered, and hands the platform to the route."""
    network: Network = request.app.state.network
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not network.state.is_valid(token):
        raise ServiceError(401, "The token is missing or has expired.")
    if network.state.behaviour.latency_ms:
        await asyncio.sleep(network.state.behaviour.latency_ms / 1000)
    await fail_as_ordered(network.state, request.scope["route"].name, "before")
    return network


NetworkDep = Annotated[Network, Depends(_network)]


def install_errors(app: FastAPI) -> None:
    """Makes every error answer in the platform's form."""

    def body(status: int, message: str) -> JSONResponse:
        content = {"errorCode": CODES.get(status, "INTERNAL_ERROR"), "errorMessage": message or None}
        headers = {"retry-after": "1"} if status == 429 else None
        return JSONResponse(content, status, headers)

    @app.exception_handler(ServiceError)
    async def service_error(request: Request, error: ServiceError) -> JSONResponse:
        return body(error.status, error.message)

    @app.exception_handler(CutOff)
    async def cut_off(request: Request, error: CutOff) -> Response:
        return _Broken()

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return body(400, str(error.errors())[:300])

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        return body(error.status_code, str(error.detail))
