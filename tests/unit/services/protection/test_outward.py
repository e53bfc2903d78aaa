"""Files that a webhook names: read from the provider's server and where it leads on, never from inside the network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from services.chatwoot.client import ChatwootClient, error_of
from services.messaging.channel_errors import NotFound, Refused, TooLarge, Unavailable
from services.messaging.received_files import ReceivedFiles
from services.messaging.unipile import UnipileClient
from services.protection.outward import Forbidden, SSRFProtectionError, origin, public_client

OWN = "https://chat.example.fr"
INSIDE = (
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/",
    "https://127.0.0.1:8000/simulator",
    "https://10.0.0.5/",
    "https://192.168.1.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.5]/",
    "https://[fd00::1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://0.0.0.0/",
)


def files(answer: Callable[[httpx.Request], httpx.Response], *trusted: str) -> ReceivedFiles:
    """The own server answers by ``answer``; everything else is the real network behind the guard."""
    own = httpx.AsyncClient(base_url=OWN, transport=httpx.MockTransport(answer))
    return ReceivedFiles(own, error_of, {origin(each) for each in (OWN, *trusted)})


def leads_to(address: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(302, headers={"location": address})


@pytest.mark.parametrize("address", INSIDE)
async def test_a_redirect_leads_nowhere_inside(address: str) -> None:
    with pytest.raises(Refused, match="leads where nothing is read"):
        await files(leads_to(address)).read(f"{OWN}/blob", 100)


async def test_a_name_that_resolves_inside_is_found_out_as_it_connects() -> None:
    """No address in it tells: only what the name resolves to. A listener is there, and is sent nothing."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    async with server, public_client(httpx.Timeout(5.0)) as client:
        with pytest.raises(SSRFProtectionError):
            await client.get(f"http://localhost:{port}/")
        with pytest.raises(Refused):
            await files(leads_to(f"https://localhost:{port}/")).read(f"{OWN}/blob", 100)
    assert b"".join(heard) == b""


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/blob",
        "http://chat.example.fr/blob",
        "https://chat.example.fr:8443/blob",
        "https://chat.example.fr@elsewhere.example/blob",
        "https://elsewhere.example#@chat.example.fr/",
        "file:///etc/passwd",
        "ftp://chat.example.fr/blob",
        "//chat.example.fr/blob",
        "https://[bad/blob",
        "",
    ],
)
async def test_the_first_address_is_the_servers_own(address: str) -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(Refused):
        await files(lambda request: asked.append(request) or httpx.Response(200)).read(address, 100)
    assert asked == []


async def test_a_store_inside_may_be_named_in_the_settings() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "minio":
            return httpx.Response(200, content=b"bytes", headers={"content-type": "image/png"})
        return httpx.Response(302, headers={"location": "http://minio:9000/file"})

    found = await files(answer, "http://minio:9000").read(f"{OWN}/blob", 100)
    assert (found.content, found.media_type) == (b"bytes", "image/png")
    with pytest.raises(Refused):
        await files(answer).read(f"{OWN}/blob", 100)


async def test_redirects_end() -> None:
    with pytest.raises(Refused, match="too many redirects"):
        await files(leads_to(f"{OWN}/again")).read(f"{OWN}/blob", 100)


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        await files(lambda _: httpx.Response(200, content=endless())).read(f"{OWN}/blob", 10_000)
    assert read <= 12_000


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (503, Unavailable)])
async def test_what_the_server_refuses_is_told_apart(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await files(lambda _: httpx.Response(status, json={"error": "no"})).read(f"{OWN}/blob", 100)


async def test_the_providers_key_goes_nowhere_else() -> None:
    """Unipile's key is a header of its client; a redirect to a store must not carry it along."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "unipile.example":
            return httpx.Response(302, headers={"location": "https://store.example/file"})
        return httpx.Response(200, content=b"OggS", headers={"content-type": "audio/ogg"})

    client = UnipileClient("https://unipile.example/api/v1", "the-key", transport=httpx.MockTransport(answer))
    assert (await client.download("m1", "a1"))[0] == b"OggS"
    assert [request.headers.get("x-api-key") for request in seen] == ["the-key", None]
    await client.close()


@pytest.mark.parametrize("part", ["..", ".", ""])
async def test_an_id_of_a_webhook_leads_nowhere_else_on_the_server(part: str) -> None:
    client = UnipileClient("https://unipile.example/api/v1", "k", transport=httpx.MockTransport(lambda _: _fail()))
    with pytest.raises(Refused):
        await client.download(part, "accounts")
    await client.close()


def _fail() -> httpx.Response:
    raise AssertionError("it asked")


async def test_chatwoots_files_are_read_the_same_way() -> None:
    client = ChatwootClient(OWN, 3, "token", transport=httpx.MockTransport(leads_to("http://10.0.0.1/")))
    with pytest.raises(Refused):
        await client.download(f"{OWN}/blob", 100)
    await client.close()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/plain,x", "https://u:p@a.example/", "https://"])
def test_what_is_no_address_of_the_web(address: str) -> None:
    with pytest.raises(Forbidden):
        origin(address)
