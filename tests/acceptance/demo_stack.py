"""A whole demo stack as a newcomer starts it: `usta demo` on a free port, its own folder, its own database."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

_READY_WITHIN_SECONDS = 180
_STOPS_WITHIN_SECONDS = 40


@dataclass(frozen=True)
class DemoServer:
    """A running demo: its address, and the folder of its database, documents and logs."""

    url: str
    home: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, output: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"usta demo ended with {process.returncode}:\n{output.read_text()}")
        try:
            if httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"usta demo was not ready after {_READY_WITHIN_SECONDS} s:\n{output.read_text()}")


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoServer]:
    """The demo with its two artisans, grammar only, answering without debounce. Stopped with Ctrl-C at the end."""
    # A short path of its own: the database's socket lies in it, and socket paths are limited to about 100 characters.
    home = Path(tempfile.mkdtemp(prefix="usta-demo-"))
    port = _free_port()
    output = home / "output.txt"
    environment = {**os.environ, "USTA_HOME": str(home), "DEBOUNCE_SCALE": "0", "CLIENT_SEND_HOLD_SECONDS": "1"}
    command = [sys.executable, "-m", "api.cli.main", "demo", "--port", str(port)]
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url, output)
        yield DemoServer(url, home)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(home, ignore_errors=True)
