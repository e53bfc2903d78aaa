"""Files that a message of a provider names: read up to a limit, from where they may be read (docs/security.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import httpx

from services.messaging.channel_errors import ChannelError, Refused, TooLarge, Unavailable
from services.messaging.provider_http import repeated
from services.protection.outward import Forbidden, SSRFProtectionError, checked, origin, public_client

MOST_REDIRECTS = 3
_PLAIN = {"accept-encoding": "identity"}
"""What is packed could be larger than it looks."""
_OF_A_REFUSAL = 4096
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that somebody sent us, where the channel has no limit of its own for it."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """``media_type`` and ``disposition`` are the headers as they came."""

    content: bytes
    media_type: str
    disposition: str


class ReceivedFiles:
    """Reads files from a provider's own server, ``own``, and from where that leads on.

    The first address comes from a webhook, so it must be one of the ``trusted`` origins: the server of the settings. A
    redirect may lead to its store: there too, or by https to the open internet. ``transport`` replaces the network there.
    """

    def __init__(
        self,
        own: httpx.AsyncClient,
        error_of: Callable[[httpx.Response], ChannelError],
        trusted: Collection[tuple[str, str, int]],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._own, self._error_of, self._trusted = own, error_of, frozenset(trusted)
        self._outside = public_client(own.timeout, transport)

    async def close(self) -> None:
        await self._outside.aclose()

    async def read(self, url: str, limit: int) -> ReceivedFile:
        """The file. Raises ``Refused`` for an address that is not to be opened, ``TooLarge`` over the limit."""
        try:
            if origin(url) not in self._trusted:
                raise Refused("not a file of this server")
            for _ in range(MOST_REDIRECTS + 1):
                answer = await repeated(partial(self._once, url, limit))
                if isinstance(answer, ReceivedFile):
                    return answer
                url = answer
        except Forbidden as error:
            raise Refused(f"the file leads where nothing is read: {error}") from error
        raise Refused("too many redirects")

    async def _once(self, url: str, limit: int) -> ReceivedFile | str:
        """The file, or where it leads."""
        client, address = (self._own, url) if origin(url) in self._trusted else (self._outside, checked(url))
        try:
            async with client.stream("GET", address, headers=_PLAIN, follow_redirects=False) as response:
                if response.is_redirect and response.next_request:
                    return str(response.next_request.url)
                content = await _up_to(response, limit if response.is_success else _OF_A_REFUSAL)
        except SSRFProtectionError as error:
            raise Forbidden("it is not on the open internet") from error
        except httpx.HTTPError as error:
            raise Unavailable(repr(error)) from error
        if not response.is_success:
            raise self._error_of(httpx.Response(response.status_code, headers=response.headers, content=content))
        headers = response.headers
        media_type = headers.get("content-type", "application/octet-stream")
        return ReceivedFile(content, media_type, headers.get("content-disposition", ""))


async def _up_to(response: httpx.Response, limit: int) -> bytes:
    """The body; of a refusal only its beginning counts. Stops reading at the limit, whatever length was told."""
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > limit:
            if not response.is_success:
                break
            raise TooLarge(f"more than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
