"""How a provider's webhook sender calls an address: what the stand-ins of providers post with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import httpx

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Sends one request (address, headers, body) and returns the status; raises when there is none."""


class HttpPost:
    """POST over kept-alive connections; ``timeout`` in seconds."""

    def __init__(self, timeout: float) -> None:
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=False)

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        return (await self._http.post(url, headers=dict(headers), content=body)).status_code

    async def close(self) -> None:
        await self._http.aclose()
