"""What every REST route of the simulated provider shares: the key, forced faults, page parameters, error bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.messaging.simulator.faults import Broken, BrokenAnswer, Faults
from services.messaging.simulator.network import Network
from services.messaging.simulator.state import State
from services.messaging.simulator.wire import (
    ProviderError,
    decode_cursor,
    encode_cursor,
    parse_moment,
    parts_of_chat_id,
)

MAXIMUM_LIMIT = 250
DEFAULT_LIMIT = 100


class Provider:
    """What the routes work on; hangs on ``app.state.provider``."""

    def __init__(self, network: Network, faults: Faults) -> None:
        self.network, self.faults = network, faults
        self.state, self.feed = network.state, network.feed


async def _provider(request: Request) -> Provider:
    """Checks the key, waits and fails as ordered, and hands the provider to the route."""
    provider: Provider = request.app.state.provider
    key = request.headers.get("x-api-key")
    if key is None:
        raise ProviderError(401, "missing_credentials", "The X-API-KEY header is missing.")
    if key != provider.state.api_key:
        raise ProviderError(401, "invalid_credentials", "The API key is wrong.")
    if provider.state.behaviour.latency_ms:
        await asyncio.sleep(provider.state.behaviour.latency_ms / 1000)
    await provider.faults.apply(request.scope["route"].name, "before", _phone_of(request, provider.state))
    return provider


def _phone_of(request: Request, state: State) -> str | None:
    """The other side of the chat that the path names, itself or through a message."""
    path = request.path_params
    message = state.messages.get(path.get("message_id", ""))
    address = parts_of_chat_id(message.chat_id if message else path.get("chat_id", ""))
    return address[1] if address else None


ProviderDep = Annotated[Provider, Depends(_provider)]


def page(request: Request, items: Sequence[tuple[datetime, str, Any]], list_name: str, **known: str) -> dict[str, Any]:
    """One page, newest first, of (moment, id, resource) filtered by ``limit``, ``before``, ``after`` and ``cursor``.

    With a cursor only ``limit`` may come along (unipile.md §5.6); ``known`` are the other filters, kept in the cursor.
    """
    parameters = dict(request.query_params)
    filters: dict[str, Any] = {key: value for key, value in parameters.items() if key not in ("cursor", "limit")}
    last: tuple[str, str] | None = None
    if "cursor" in parameters:
        if filters:
            raise ProviderError(400, "invalid_parameters", "Only limit may accompany cursor.")
        filters = decode_cursor(parameters["cursor"])
        last = (filters.pop("last_date", ""), filters.pop("last_id", ""))
    limit = _limit(parameters.get("limit"))
    after = parse_moment(filters["after"], "after") if "after" in filters else None
    before = parse_moment(filters["before"], "before") if "before" in filters else None
    rows = sorted(items, key=_position, reverse=True)
    rows = [
        row
        for row in rows
        if (after is None or row[0] > after)
        and (before is None or row[0] < before)
        and (last is None or _position(row) < last)
    ]
    cursor = None
    if len(rows) > limit:
        last_date, last_id = _position(rows[limit - 1])
        cursor = encode_cursor({**filters, **known, "last_date": last_date, "last_id": last_id})
    return {"object": list_name, "items": [row[2] for row in rows[:limit]], "cursor": cursor}


def _position(row: tuple[datetime, str, Any]) -> tuple[str, str]:
    """Where a row stands; finer than the milliseconds that are shown, so that quick messages keep their order."""
    return row[0].astimezone(UTC).isoformat(timespec="microseconds"), row[1]


def filter_of(request: Request, name: str) -> str | None:
    """A filter from the query, or from the cursor when there is one."""
    if "cursor" in request.query_params:
        value = decode_cursor(request.query_params["cursor"]).get(name)
        return value if isinstance(value, str) else None
    return request.query_params.get(name)


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if not value.isdigit() or int(value) < 1:
        raise ProviderError(400, "invalid_parameters", "limit must be a number from 1 to 250")
    if int(value) > MAXIMUM_LIMIT:
        raise ProviderError(400, "limit_too_high", "limit must not exceed 250")
    return int(value)


async def read_json(request: Request, *required: str) -> dict[str, Any]:
    """The JSON body with its required fields. Raises 415 for another content type, 400 for another form."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise ProviderError(415, "unsupported_media_type", "Send application/json.")
    try:
        data = await request.json()
    except ValueError as error:
        raise ProviderError(400, "malformed_request", "The body is not JSON.") from error
    if not isinstance(data, dict):
        raise ProviderError(400, "invalid_parameters", "The body must be an object.")
    missing = [name for name in required if not data.get(name)]
    if missing:
        raise ProviderError(400, "missing_parameters", f"Missing: {', '.join(missing)}.")
    return data


def install_errors(app: FastAPI) -> None:
    """Makes every error answer in the provider's form (unipile.md §3)."""

    @app.exception_handler(ProviderError)
    async def provider_error(request: Request, error: ProviderError) -> JSONResponse:
        return JSONResponse(error.body(), error.status, headers=error.headers)

    @app.exception_handler(BrokenAnswer)
    async def broken(request: Request, error: BrokenAnswer) -> Response:
        return Broken() if error.how == "cut" else Response(b'{"object":', 201, media_type="application/json")

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse(ProviderError(400, "invalid_parameters", str(error.errors())[:300]).body(), 400)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        type_ = "resource_not_found" if error.status_code == 404 else "invalid_request"
        return JSONResponse(ProviderError(error.status_code, type_, str(error.detail)).body(), error.status_code)
