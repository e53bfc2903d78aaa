"""One body for every error (R218): code, message, details, requestId, timestamp; the codes are those of R219."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from db.paging import BadCursor
from services.billing.plan_limits import LimitReached

CODES = {
    400: "VALIDATION",
    401: "AUTHENTICATION",
    402: "AUTHORIZATION",
    403: "AUTHORIZATION",
    404: "NOT_FOUND",
    409: "CONFLICT",
    410: "NOT_FOUND",
    412: "CONFLICT",
    413: "VALIDATION",
    422: "VALIDATION",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL",
    502: "SERVICE_UNAVAILABLE",
    503: "SERVICE_UNAVAILABLE",
}
_MEANINGS: dict[int, tuple[str, str]] = {
    400: ("It cannot be read.", "The request cannot be read."),
    401: ("Nobody is signed in.", "A valid bearer token is needed."),
    402: ("The company's plan does not include it, or its limit is reached.", "The limit of the plan is reached."),
    403: ("Not allowed.", "Your role does not allow this."),
    404: ("There is no such thing here.", "There is no such organization."),
    409: ("It contradicts what is there.", "It contradicts what is there."),
    410: ("It was here and is gone.", "The link has ended."),
    412: ("It has changed since it was read (`If-Match`).", "It has changed since you read it."),
    413: ("Too large.", "The request is too large."),
    415: ("Sent as something that is not taken here.", "Send JSON: Content-Type: application/json."),
    422: ("Something in it is not valid; `details` name the fields.", "The request is not valid."),
    429: ("Too many requests; `Retry-After` says when to come again.", "Too many requests."),
    500: ("A fault of the service.", "Something went wrong on our side."),
    502: ("Another service did not answer as it should.", "The channel does not answer."),
    503: ("Not available right now.", "The service is not available right now."),
}
"""What each status means here, and the message of its example."""
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")

log = structlog.get_logger(__name__)


class ErrorDetail(BaseModel):
    """One field and what is wrong with it."""

    field: str
    message: str


class ErrorBody(BaseModel):
    """What every error answers with (R218)."""

    code: str
    message: str
    details: list[ErrorDetail] = Field(default_factory=list)
    requestId: str
    timestamp: str


class ApiError(Exception):
    """An error with a status; its message is meant for the caller, so it must not carry internals."""

    def __init__(
        self, status: int, message: str, details: Sequence[ErrorDetail] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.details, self.headers = status, message, tuple(details), headers


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a router or route declares of its errors: ``responses=errors(401, 403, 404, 422)``. ``KeyError`` if unknown."""
    return {status: _declared(status) for status in statuses}


def _declared(status: int) -> dict[str, Any]:
    meaning, message = _MEANINGS[status]
    example = ErrorBody(
        code=_code(status),
        message=message,
        details=[ErrorDetail(field="name", message="Field required")] if status == 422 else [],
        requestId="0193a1f25c7d4e1c9f0a5b6c7d8e9f00",
        timestamp="2026-11-28T09:30:00.000Z",
    )
    return {
        "model": ErrorBody,
        "description": meaning,
        "content": {"application/json": {"example": example.model_dump()}},
    }


def _code(status: int) -> str:
    return CODES.get(status, "VALIDATION" if status < 500 else "INTERNAL")


def request_id(request: Request) -> str:
    """The identity in the request log, else the caller's ``X-Request-ID`` when it is a plain token, else a new one."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    given = request.headers.get("x-request-id", "")
    return str(bound or (given if _REQUEST_ID.match(given) else uuid.uuid4().hex))


def error_response(
    request: Request,
    status: int,
    message: str,
    details: Sequence[ErrorDetail] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """The answer to a failed request in the form of R218."""
    body = ErrorBody(
        code=_code(status),
        message=message,
        details=list(details),
        requestId=request_id(request),
        timestamp=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
    return JSONResponse(body.model_dump(), status, headers)


def install_error_handlers(app: FastAPI) -> None:
    """Makes every error of ``app`` answer in the form of R218."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(BadCursor, _bad_cursor)
    app.add_exception_handler(LimitReached, _limit_reached)
    app.add_exception_handler(DataError, _cannot_be_stored)
    app.add_exception_handler(OperationalError, _database_unavailable)
    app.add_exception_handler(InterfaceError, _database_unavailable)
    app.add_exception_handler(Exception, _unexpected)


async def _api_error(request: Request, error: Any) -> JSONResponse:
    return error_response(request, error.status, error.message, error.details, error.headers)


async def _http_error(request: Request, error: Any) -> JSONResponse:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods_at(request)) or headers.get("Allow", "")
    return error_response(request, error.status_code, str(error.detail), headers=headers)


def _methods_at(request: Request) -> list[str]:
    """Every method of the address (RFC 9110 10.2.1): the router knows those of the first route that fits alone."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if context.methods and compile_path(str(context.path))[0].match(request.url.path):
            found |= context.methods
    return sorted(found)


async def _invalid_request(request: Request, error: Any) -> JSONResponse:
    details = [
        ErrorDetail(field=".".join(str(part) for part in item["loc"] if part != "body") or "body", message=item["msg"])
        for item in error.errors()
    ]
    return error_response(request, 422, "The request is not valid.", details)


async def _bad_cursor(request: Request, error: Any) -> JSONResponse:
    return error_response(request, 422, "The request is not valid.", [ErrorDetail(field="cursor", message=str(error))])


async def _limit_reached(request: Request, error: Any) -> JSONResponse:
    detail = ErrorDetail(field=error.name, message=f"the plan includes {error.limit}")
    return error_response(request, 402, "The limit of the plan is reached: take a larger one.", [detail])


async def _cannot_be_stored(request: Request, error: Any) -> JSONResponse:
    """A NUL character, a number out of range: what the database cannot hold is the sender's to mend."""
    log.warning("request.data", path=request.url.path, error=str(error.orig)[:300])
    return error_response(request, 422, "The request holds a value that cannot be kept or looked for.")


async def _database_unavailable(request: Request, error: Any) -> JSONResponse:
    log.error("database.unavailable", path=request.url.path, error=str(error.orig or error)[:300])
    return error_response(request, 503, "The service is not available right now.", headers={"Retry-After": "5"})


async def _unexpected(request: Request, error: Any) -> JSONResponse:
    response = error_response(request, 500, "Something went wrong on our side.")
    log.error("request.failed", path=request.url.path, answer=bytes(response.body).decode(), exc_info=error)
    return response
