"""HTTP client of an approved platform after XP Z12-013 1.3.0: Flow service and Directory service, OAuth2 bearer.

Reads are made again when the platform is away; deposits never are by themselves (the standard has no idempotency key).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from db.settings import Settings, settings
from services.einvoicing.credentials import Access, access
from services.einvoicing.outage import Outage
from services.einvoicing.platform_errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from services.einvoicing.schemas import (
    DirectoryLine,
    Facility,
    Flow,
    FlowInfo,
    FlowPage,
    LegalUnit,
    RoutingCode,
    Webhook,
)

MAXIMUM_FILE_BYTES = 100 * 1024 * 1024
PAGE = 100
READ_ATTEMPTS = 2
READ_WAIT = 0.2
"""Seconds, doubled from attempt to attempt, with jitter."""
TOKEN_MARGIN = 30.0
"""Seconds before its end at which a token is not used any more."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
BY_STATUS: dict[int, type[PlatformError]] = {
    401: BadCredentials,
    403: BadCredentials,
    404: NotFound,
    408: OutcomeUnknown,
    413: TooLarge,
    429: RateLimited,
    500: OutcomeUnknown,
    502: OutcomeUnknown,
    503: Unavailable,
    504: OutcomeUnknown,
}
_Form = TypeVar("_Form", bound=BaseModel)


class AfnorPlatform:
    """One account at a platform, behind the ``Platform`` port. ``transport`` replaces the network in tests."""

    def __init__(
        self,
        access: Access,
        *,
        name: str = "platform",
        timeout: float = 15.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name, self._access = name, access
        self._http = httpx.AsyncClient(
            headers={"accept": "application/json"},
            timeout=httpx.Timeout(timeout, connect=5.0),
            limits=httpx.Limits(max_connections=16, keepalive_expiry=4.0),
            transport=transport,
            trust_env=False,
        )
        self._token, self._token_until = "", 0.0
        self._outage = Outage()

    async def close(self) -> None:
        await self._http.aclose()

    async def deposit(self, info: FlowInfo, content: bytes, *, organization: str | None = None) -> Flow:
        if len(content) > MAXIMUM_FILE_BYTES:
            raise TooLarge(f"{len(content)} bytes")
        media_type = "application/pdf" if info.flow_syntax == "Factur-X" else "application/xml"
        parts = [
            ("flowInfo", (None, info.model_dump_json(by_alias=True, exclude_none=True), "application/json")),
            ("file", (info.name, content, media_type)),
        ]
        response = await self._call("POST", self._flow("/flows"), organization, files=parts)
        return _form(Flow, _json(response))

    async def find(self, tracking_id: str, *, organization: str | None = None) -> Flow | None:
        pages = await self._search({"trackingId": tracking_id, "flowDirection": ["Out"]}, organization)
        return next((flow for flow in pages if flow.tracking_id == tracking_id), None)

    async def updated(
        self, since: datetime, *, flow_types: Sequence[str] = (), organization: str | None = None
    ) -> list[Flow]:
        where: dict[str, Any] = {"updatedAfter": since.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        if flow_types:
            where["flowType"] = list(flow_types)
        flows = await self._search(where, organization)
        return sorted(flows, key=lambda flow: flow.updated_at or flow.submitted_at)

    async def flow(self, flow_id: str, *, organization: str | None = None) -> Flow:
        response = await self._read("GET", self._flow(f"/flows/{_part(flow_id)}"), organization)
        return _form(Flow, _json(response))

    async def document(self, flow_id: str, doc_type: str = "Original", *, organization: str | None = None) -> bytes:
        url = self._flow(f"/flows/{_part(flow_id)}")
        return (await self._read("GET", url, organization, params={"docType": doc_type})).content

    async def subscribe(self, callback_url: str, flow_types: Sequence[str]) -> Webhook:
        body = {"callbackUrl": callback_url, "flowTypes": list(flow_types)}
        return _form(Webhook, _json(await self._call("POST", self._flow("/webhooks"), None, json=body)))

    async def subscriptions(self) -> list[Webhook]:
        answer = _json(await self._read("GET", self._flow("/webhooks"), None))
        return [_form(Webhook, item) for item in answer.get("webhooks") or []]

    async def unsubscribe(self, webhook_id: str) -> None:
        await self._call("DELETE", self._flow(f"/webhooks/{_part(webhook_id)}"), None)

    async def company(self, siren: str) -> LegalUnit | None:
        return await self._entry(LegalUnit, f"/siren/code-insee:{_part(siren)}")

    async def facility(self, siret: str) -> Facility | None:
        return await self._entry(Facility, f"/siret/code-insee:{_part(siret)}")

    async def routing_codes(self, siret: str) -> list[RoutingCode]:
        return await self._entries(RoutingCode, "/routing-code/search", "siret", siret)

    async def directory_lines(self, siren: str) -> list[DirectoryLine]:
        return await self._entries(DirectoryLine, "/directory-line/search", "siren", siren)

    async def _search(self, where: dict[str, Any], organization: str | None) -> list[Flow]:
        found: list[Flow] = []
        cursor: str | None = None
        while True:
            body = {"limit": PAGE, "where": where, **({"cursor": cursor} if cursor else {})}
            page = _form(
                FlowPage, _json(await self._read("POST", self._flow("/flows/search"), organization, json=body))
            )
            found += page.results
            if not page.next_cursor or page.next_cursor == cursor:
                return found
            cursor = page.next_cursor

    async def _entry(self, form: type[_Form], path: str) -> _Form | None:
        try:
            return _form(form, _json(await self._read("GET", f"{self._access.directory_url}/v1{path}", None)))
        except NotFound:
            return None

    async def _entries(self, form: type[_Form], path: str, field: str, value: str) -> list[_Form]:
        body = {"filters": {field: {"op": "strict", "value": value}}, "limit": PAGE}
        url = f"{self._access.directory_url}/v1{path}"
        try:
            answer = _json(await self._read("POST", url, None, json=body))
        except NotFound:
            return []
        return [_form(form, item) for item in answer.get("results") or []]

    def _flow(self, path: str) -> str:
        return f"{self._access.flow_url}/v1{path}"

    async def _read(self, method: str, url: str, organization: str | None, **content: Any) -> httpx.Response:
        """A call without effect: broken off or refused for now, it is simply made again."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((RateLimited, Unavailable, OutcomeUnknown)),
            stop=stop_after_attempt(READ_ATTEMPTS),
            wait=wait_random_exponential(multiplier=READ_WAIT, max=3),
            reraise=True,
        ):
            with attempt:
                return await self._call(method, url, organization, **content)
        raise AssertionError("unreachable")

    async def _call(self, method: str, url: str, organization: str | None, **content: Any) -> httpx.Response:
        """One call; a token that the platform does not accept any more is replaced once."""
        for last in (False, True):
            headers = {"authorization": f"Bearer {await self._bearer()}"}
            if organization:
                headers["Organization-Id"] = organization
            response = await self._send(method, url, headers=headers, **content)
            if response.status_code != 401 or last:
                break
            self._token = ""
        if response.is_success:
            return response
        raise error_of(response)

    async def _bearer(self) -> str:
        if self._token and time.monotonic() < self._token_until:
            return self._token
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access.client_id,
            "client_secret": self._access.client_secret,
        }
        try:
            response = await self._send("POST", self._access.token_url, data=form)
        except OutcomeUnknown as error:
            raise Unavailable(str(error)) from error
        if response.status_code in (400, 401, 403):
            raise BadCredentials(response.text[:300], status=response.status_code, code="token")
        if not response.is_success or not (token := _json(response).get("access_token")):
            raise Unavailable("no token", status=response.status_code, code="token")
        lifetime = _json(response).get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) else 300
        self._token, self._token_until = str(token), time.monotonic() + seconds - TOKEN_MARGIN
        return self._token

    async def _send(self, method: str, url: str, **content: Any) -> httpx.Response:
        self._outage.check()
        try:
            response = await self._http.request(method, url, **content)
        except httpx.HTTPError as error:
            self._outage.unanswered()
            kind = Unavailable if isinstance(error, _NOT_SENT) else OutcomeUnknown
            raise kind(repr(error)) from error
        self._outage.answered()
        return response


def configured_platform(configured: Settings | None = None, *, timeout: float = 15.0) -> AfnorPlatform:
    """The platform of the settings, real or simulated. Raises ``BadCredentials`` when it is not configured."""
    configured = configured or settings()
    found = access(configured)
    if found is None:
        raise BadCredentials("no platform is configured")
    name = "simulator" if configured.einvoicing == "simulator" else httpx.URL(found.flow_url).host
    return AfnorPlatform(found, name=name, timeout=timeout)


def error_of(response: httpx.Response) -> PlatformError:
    """The typed error of a failed answer."""
    body = _json(response)
    detail = " ".join(str(body[key]) for key in ("errorMessage", "details") if body.get(key))
    kind = BY_STATUS.get(response.status_code, OutcomeUnknown if response.status_code >= 500 else Refused)
    raised = kind(detail[:300], status=response.status_code, code=str(body.get("errorCode") or "") or None)
    if isinstance(raised, RateLimited) and response.headers.get("retry-after", "").isdigit():
        raised.retry_after = int(response.headers["retry-after"])
    return raised


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _form(form: type[_Form], value: Any) -> _Form:
    """The answer in its form; an answer in another form says nothing about what was done."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise OutcomeUnknown(f"not an answer of the standard: {error.error_count()} faults") from error


def _part(value: str) -> str:
    """An id in an address; it may come from a webhook, and must not lead elsewhere on the platform."""
    if value in ("", ".", ".."):
        raise Refused("not an id")
    return quote(value, safe="")
