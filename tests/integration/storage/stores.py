"""The stores of the suite: a folder, S3 and Google Cloud Storage as servers on loopback that can be killed and revived."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.storage.service import Storage


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@dataclass
class Server:
    """An object store on loopback. What it holds survives being killed."""

    scheme: str
    options: dict[str, Any]
    start: Callable[[], None]
    kill: Callable[[], None]


@contextmanager
def s3_server() -> Iterator[Server]:
    """moto's S3."""
    from moto.server import ThreadedMotoServer

    port = free_port()
    running: list[ThreadedMotoServer] = []

    def start() -> None:
        running.append(ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False))
        running[-1].start()

    def kill() -> None:
        running.pop().stop()

    options = {
        "key": "key",
        "secret": "secret",
        "endpoint_url": f"http://127.0.0.1:{port}",
        "client_kwargs": {"region_name": "eu-west-3"},
    }
    start()
    try:
        yield Server("s3", options, start, kill)
    finally:
        if running:
            kill()


@contextmanager
def google_server() -> Iterator[Server]:
    """The emulator of Google Cloud Storage."""
    from gcp_storage_emulator.server import APIThread, create_server

    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True)

    def start() -> None:
        if not server._api.is_alive():
            server._api = APIThread("127.0.0.1", port, server._storage)
        server.start()

    server.start()
    try:
        yield Server(
            "gs", {"token": "anon", "endpoint_url": f"http://127.0.0.1:{port}", "project": "usta"}, start, server.stop
        )
    finally:
        server.stop()


def storage_on(server: Server | None, root: str, waiting: Path | None = None, **more: Any) -> Storage:
    """A storage on a server, else in the folder ``root``."""
    if server is None:
        return Storage(root, **more)
    return Storage(f"{server.scheme}://{root}", waiting=waiting, options=server.options, patience=10.0, **more)
