"""What every route of the simulated API shares: form bodies with brackets, keys, idempotency, errors, pages of lists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.billing.simulator.life import Life
from services.billing.simulator.state import Missing, Object, State, new_id

_KEY = re.compile(r"[^\[\]]+")


class Refused(Exception):
    """An error answer of the API."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.body = status, {"type": type, "message": message}
        self.body |= {name: value for name, value in (("code", code), ("param", param)) if value is not None}


@dataclass(slots=True)
class Call:
    """One request: its parameters, nested, and the account."""

    params: dict[str, Any]
    life: Life

    @property
    def state(self) -> State:
        return self.life.state

    def only(self, *names: str) -> dict[str, Any]:
        """The parameters; 400 for one that the route does not know, as Stripe answers."""
        for name in self.params:
            if name not in (*names, "expand"):
                raise Refused(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
        return self.params

    def need(self, name: str) -> Any:
        """A parameter that must be given."""
        if self.params.get(name) in (None, ""):
            raise Refused(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
        return self.params[name]


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``items[0][price]=p`` as ``{"items": [{"price": "p"}]}``."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        place, keys = root, _KEY.findall(name)
        if name.endswith("[]"):
            keys.append(str(len(place.get(keys[0], {}))))
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def shown(made: Object) -> Object:
    """An object as the API shows it: what begins with an underscore is the simulator's own."""
    return {name: value for name, value in made.items() if not name.startswith("_")}


def page(call: Call, url: str, found: list[Object]) -> Object:
    """One page of a list, the newest first."""
    newest = found[::-1]
    limit = int(call.params.get("limit", 10))
    if not 1 <= limit <= 100:
        raise Refused(400, "Invalid integer: limit must be between 1 and 100", param="limit")
    places = {each["id"]: place for place, each in enumerate(newest)}
    for name in ("starting_after", "ending_before"):
        if (mark := call.params.get(name)) is not None and mark not in places:
            raise Refused(400, f"No such object: '{mark}'", code="resource_missing", param=name)
    if after := call.params.get("starting_after"):
        newest = newest[places[after] + 1 :]
    if before := call.params.get("ending_before"):
        newest = newest[: places[before]]
    data = [shown(each) for each in newest[:limit]]
    return {"object": "list", "data": data, "has_more": len(newest) > limit, "url": url}


async def call_of(request: Request) -> Call:
    """The request's parameters, from the query or the form body."""
    body = (await request.body()).decode()
    pairs = parse_qsl(body, keep_blank_values=True) + parse_qsl(request.url.query, keep_blank_values=True)
    return Call(nested(pairs), request.app.state.life)


CallDep = Annotated[Call, Depends(call_of)]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route of the API: key checked, faults played, a repeated POST answered as the first time."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            state: State = request.app.state.life.state
            request_id = new_id("req")
            try:
                _check(state, request)
                response = await _once(state, request, inner)
            except Missing as error:
                response = _error(404, {"type": "invalid_request_error", "code": "resource_missing"}, error)
            except Refused as error:
                response = JSONResponse({"error": error.body}, error.status)
            response.headers["Request-Id"] = request_id
            response.headers["Stripe-Version"] = request.headers.get("stripe-version", "")
            return response

        return handle


def _error(status: int, body: dict[str, str], error: Missing) -> Response:
    return JSONResponse({"error": {**body, "message": str(error), "param": error.param}}, status)


def _check(state: State, request: Request) -> None:
    given = request.headers.get("authorization", "")
    if given != f"Bearer {state.key}":
        raise Refused(401, "Invalid API Key provided.")
    for fault in state.faults:
        if request.url.path.partition("/v1")[2].startswith(fault.path.removeprefix("/v1")):
            fault.times -= 1
            if fault.times == 0:
                state.faults.remove(fault)
            raise Refused(fault.status, "An ordered failure.", type="api_error")


async def _once(state: State, request: Request, inner: Handler) -> Response:
    key = request.headers.get("idempotency-key")
    if request.method != "POST" or not key:
        return await inner(request)
    print_ = hashlib.sha256(f"{request.url.path}\n".encode() + await request.body()).hexdigest()
    if known := state.answers.get(key):
        if known[0] != print_:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
            )
            raise Refused(400, message, type="idempotency_error")
        return Response(known[2], known[1], media_type="application/json", headers={"Idempotent-Replayed": "true"})
    response = await inner(request)
    state.answers[key] = (print_, response.status_code, bytes(response.body))
    return response


def install_errors(app: FastAPI) -> None:
    """Unknown addresses answer as Stripe's do."""

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        message = f"Unrecognized request URL ({request.method}: {request.url.path})."
        return JSONResponse({"error": {"type": "invalid_request_error", "message": message}}, error.status_code)


def as_json(value: Any) -> bytes:
    """A body as it is sent and signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
