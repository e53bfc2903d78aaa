"""Around every request: how often an address may ask, how long a body may be, and the headers that browsers obey.

Members, keys and companies are counted where they are known (``api.v1.access``), providers at their doors
(``api.webhooks.door``). Webhooks read their bodies up to a limit of their own and keep the beginning of one too long.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import FastAPI, Request
from secure import (
    ContentSecurityPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, error_response
from db.settings import Settings
from services.identity.principals import Principal
from services.protection.budgets import Standing, per_minute
from services.protection.counting import Counts
from services.protection.pages import policy

LONGEST_BODY = 1_048_576
"""Bytes of a request to the API: nothing that it takes is longer."""
LONGEST_UPLOAD = 11 * 1_048_576
"""Bytes of a file that is put where it belongs: its route has a limit of its own below this."""
_API = "/api/"
_OWN_LIMIT = ("/webhooks/", "/simulator")
"""Read their bodies themselves: the providers' doors, and the stand-ins of providers on this machine."""
_TOO_MANY = "Too many requests."
_ALWAYS = dict(
    Secure(
        xcto=XContentTypeOptions(),
        xfo=XFrameOptions().sameorigin(),
        referrer=ReferrerPolicy().same_origin(),
        permissions=PermissionsPolicy().geolocation().camera().payment(),
    ).headers
)
_DATA = dict(Secure(csp=ContentSecurityPolicy().default_src("'none'").frame_ancestors("'none'")).headers)
_PAGE = {"Content-Security-Policy": policy()}
"""Of a page that names no policy of its own: it may load nothing."""
_SECURE = dict(Secure(hsts=StrictTransportSecurity().max_age(31536000)).headers)


def install_protection(app: FastAPI, configured: Settings) -> None:
    """Puts the protection around ``app``; other sites may call it only where CORS_ORIGINS names them."""
    url = configured.redis_url
    app.state.counts = Counts(per_minute(configured), url.get_secret_value() if url else None)
    app.add_middleware(Protection, configured=configured, counts=app.state.counts)
    if configured.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=configured.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Organization-Id"],
            expose_headers=["ETag", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"],
        )


class Protection:
    """ASGI middleware: refuses what is too often (429) or too long (413), and adds the security headers."""

    def __init__(self, app: ASGIApp, configured: Settings, counts: Counts) -> None:
        self.app, self._counts, self._is_on = app, counts, configured.rate_limits
        self._always = _ALWAYS | (_SECURE if (configured.public_url or "").startswith("https://") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def protected(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *self._missing(scope, message["headers"])]
            await send(message)

        try:
            await self._refuse_too_many(scope)
            await self.app(scope, _up_to(_longest(scope), scope, receive), protected)
        except (ApiError, HTTPException) as error:
            if begun:
                raise
            status = error.status if isinstance(error, ApiError) else error.status_code
            message = error.message if isinstance(error, ApiError) else str(error.detail)
            answer = error_response(Request(scope), status, message, headers=dict(error.headers or {}))
            await answer(scope, receive, protected)

    async def _refuse_too_many(self, scope: Scope) -> None:
        if not self._is_on or not scope["path"].startswith(_API):
            return
        standings = [await self._counts.take("address", _address(scope))]
        if "/auth/" in scope["path"] and scope["method"] == "POST":
            standings.append(await self._counts.take("sign-in", _address(scope)))
        for standing in standings:
            _refuse(standing)

    def _missing(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        given = {name.lower(): value for name, value in headers}
        kind = given.get(b"content-type", b"")
        wanted = self._always | (_DATA if kind.startswith(b"application/json") else {})
        wanted |= _PAGE if kind.startswith(b"text/html") else {}
        standing: Standing | None = scope.get("state", {}).get("standing")
        wanted |= standing.headers if standing else {}
        return [
            (name.lower().encode(), value.encode())
            for name, value in wanted.items()
            if name.lower().encode() not in given
        ]


async def count(request: Request, principal: Principal) -> None:
    """One request of a member, a key or an admin off his budget. Raises ``ApiError`` 429."""
    if request.app.state.settings.rate_limits:
        standing = await request.app.state.counts.take("caller", principal.kind, str(principal.id))
        request.state.standing = standing
        _refuse(standing)


async def count_costly(request: Request, whose: UUID) -> None:
    """One costly request off a company's budget, whoever of it asks. Raises ``ApiError`` 429."""
    if request.app.state.settings.rate_limits:
        _refuse(await request.app.state.counts.take("costly", str(whose)))


async def webhook_standing(request: Request, provider: str) -> Standing | None:
    """One webhook with the right secret off its provider's budget; None where nothing is counted."""
    if not request.app.state.settings.rate_limits:
        return None
    standing: Standing = await request.app.state.counts.take("webhook", provider)
    return standing


async def wrong_secret(request: Request) -> None:
    """A webhook with a wrong secret: counted against its address. Raises ``ApiError`` 429."""
    if request.app.state.settings.rate_limits:
        _refuse(await request.app.state.counts.take("wrong-secret", _address(request.scope)))


def _refuse(standing: Standing) -> None:
    if not standing.allowed:
        raise ApiError(429, _TOO_MANY, headers=standing.headers)


def _address(scope: Scope) -> str:
    """The caller's address; behind a proxy uvicorn takes it from X-Forwarded-For (FORWARDED_ALLOW_IPS)."""
    return str((scope.get("client") or ("unknown", 0))[0])


def _longest(scope: Scope) -> int:
    kind = dict(scope["headers"]).get(b"content-type", b"")
    is_file = scope["method"] == "PUT" and not kind.startswith(b"application/json")
    return LONGEST_UPLOAD if is_file else LONGEST_BODY


def _up_to(limit: int, scope: Scope, receive: Receive) -> Receive:
    """The same body, as long as it is not too long: told beforehand or found out while it comes in pieces."""
    if scope["path"].startswith(_OWN_LIMIT):
        return receive
    told = dict(scope["headers"]).get(b"content-length", b"")
    if told.isdigit() and int(told) > limit:
        raise ApiError(413, f"The body is longer than {limit} bytes.")
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413, f"The body is longer than {limit} bytes.")
        return message

    return limited
