"""A load generator that costs next to nothing, so that what is measured is the server: HTTP/1.1 over kept-alive sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any


class Connection:
    """One connection, one request at a time. Raises ``ConnectionError`` when the server closes it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, request: bytes) -> tuple[int, bytes]:
        """Sends a complete request and returns status and body."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self._reader is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    async def get(self, path: str) -> Any:
        """The JSON behind ``path``."""
        status, body = await self.request(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n\r\n".encode())
        if status != 200:
            raise ConnectionError(f"{path}: {status} {body[:200]!r}")
        return json.loads(body)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def post(port: int, path: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """A complete POST request with a JSON body."""
    lines = {"host": f"127.0.0.1:{port}", "content-type": "application/json", "content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**lines, **(headers or {})}.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def open_loop(port: int, make: Callable[[], bytes], rate: float, seconds: float) -> list[float]:
    """Requests at ``rate`` per second whatever the answers do; milliseconds from when each was due to its answer."""
    idle: list[Connection] = []
    taken: list[float] = []

    async def one(due: float) -> None:
        connection = idle.pop() if idle else Connection(port)
        status, body = await connection.request(make())
        taken.append((time.perf_counter() - due) * 1000)
        idle.append(connection)
        if status != 200:
            raise ConnectionError(f"{status} {body[:200]!r}")

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            group.create_task(one(due))
    for connection in idle:
        connection.close()
    return taken


async def closed_loop(port: int, make: Callable[[], bytes], connections: int, seconds: float) -> float:
    """Requests per second when each of ``connections`` sends the next one as soon as it is answered."""
    deadline = time.perf_counter() + seconds
    count = 0

    async def client() -> None:
        nonlocal count
        connection = Connection(port)
        while time.perf_counter() < deadline:
            status, body = await connection.request(make())
            if status != 200:
                raise ConnectionError(f"{status} {body[:200]!r}")
            count += 1
        connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    return count / (time.perf_counter() - started)


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0–1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
