"""HTTP to a messaging provider: failures as ``ChannelError``, and a second try for calls that change nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from services.messaging.channel_errors import ChannelError, OutcomeUnknown, RateLimited, Unavailable

READ_ATTEMPTS = 3
READ_WAIT = 0.2
"""Seconds, doubled from attempt to attempt, with jitter."""
KEEP_ALIVE_SECONDS = 4.0
"""Shorter than a server's own limit, so that no request goes out on a connection that is being closed."""
_Answer = TypeVar("_Answer")
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class ProviderHttp:
    """One server. ``error_of`` reads its refusals; ``timeout`` in seconds; ``transport`` replaces the network in tests."""

    def __init__(
        self,
        base_url: str,
        error_of: Callable[[httpx.Response], ChannelError],
        *,
        headers: Mapping[str, str],
        timeout: float,
        connections: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._error_of = error_of
        self.client = httpx.AsyncClient(
            base_url=base_url,
            headers=dict(headers),
            timeout=httpx.Timeout(timeout, connect=5.0),
            limits=httpx.Limits(max_connections=connections, keepalive_expiry=KEEP_ALIVE_SECONDS),
            transport=transport,
            trust_env=False,
        )

    async def close(self) -> None:
        await self.client.aclose()

    async def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One request, a redirect being an answer. Raises ``OutcomeUnknown`` when it may have been carried out."""
        try:
            response = await self.client.request(method, path, **content)
        except _NOT_SENT as error:
            raise Unavailable(repr(error)) from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(repr(error)) from error
        if response.is_success or response.is_redirect:
            return response
        raise self._error_of(response)

    async def repeatable(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A call that may be made twice: broken off or refused for now, it is simply made again."""
        return await repeated(lambda: self.call(method, path, **content))


async def repeated(call: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Makes a call again when it was broken off or refused for now; it changes nothing at the provider."""
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type((RateLimited, Unavailable, OutcomeUnknown)),
        stop=stop_after_attempt(READ_ATTEMPTS),
        wait=wait_random_exponential(multiplier=READ_WAIT, max=3),
        reraise=True,
    ):
        with attempt:
            return await call()
    raise AssertionError("unreachable")


def with_retry_after(error: ChannelError, response: httpx.Response) -> ChannelError:
    """The error, with the pause that the server asks for in seconds when there are too many calls."""
    if isinstance(error, RateLimited) and response.headers.get("retry-after", "").isdigit():
        error.retry_after = float(response.headers["retry-after"])
    return error
