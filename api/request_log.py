"""Gives every request an identity, one log line and one measurement."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.acting import acting_as
from services.operations.metrics import REQUEST_SECONDS

HEADER = b"x-request-id"
_ACCEPTABLE = re.compile(rb"[\w.:-]{1,64}")
_PROBES = ("/health", "/health/live", "/health/ready", "/metrics")
"""Asked every few seconds by machines: measured, logged only at DEBUG."""
_log = structlog.get_logger("usta.http")


class RequestLog:
    """ASGI middleware: keeps a caller's ``X-Request-ID`` or makes one, binds it to the logs and sends it back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER, b"")
        request_id = given.decode() if _ACCEPTABLE.fullmatch(given) else uuid4().hex
        status = 500

        async def send_with_identity(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, request_id.encode())]
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id), acting_as(None):
            structlog.contextvars.unbind_contextvars("organization_id")  # whose it is, is known once it is let in
            try:
                await self.app(scope, receive, send_with_identity)
            finally:
                seconds = time.perf_counter() - started
                REQUEST_SECONDS.labels(scope["method"], _route(scope), status).observe(seconds)
                level = _log.debug if scope["path"] in _PROBES else _log.warning if status >= 500 else _log.info
                level("request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    """The route's pattern; unknown paths share one label, so that a scanner cannot grow the metrics without end."""
    return getattr(scope.get("route"), "path", "unmatched")
