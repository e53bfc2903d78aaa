"""`usta demo` from nothing: ready, refused twice, killed, started again, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from api.cli.earlier_run import Run


class Demo:
    """One run of the command, its output gathered."""

    def __init__(self, home: Path, port: int, **environment: str) -> None:
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli.main", "demo"],
            cwd=home.parent,
            env={**os.environ, "USTA_HOME": str(home), "PORT": str(port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output += line

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 120
        while "Usta is ready" not in self.output:
            assert self.process.poll() is None and time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def health(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=10) as answer:
            return int(answer.status)

    def refused(self) -> str:
        """The sentence it ended with."""
        assert self.process.wait(60) == 1, self.output
        self._reader.join(10)
        return re.sub(r"\s+", " ", self.output)

    def end(self, with_signal: signal.Signals) -> int:
        self.process.send_signal(with_signal)
        code = self.process.wait(60)
        self._reader.join(10)
        return code


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(home: Path) -> list[psutil.Process]:
    """The run's children and the embedded server, as far as they live."""
    run = Run.load(home)
    found = [process for child in (run.children if run else []) if (process := child.find())]
    with suppress(OSError, psutil.NoSuchProcess):
        found.append(psutil.Process(int((home / "postgres/postmaster.pid").read_text().splitlines()[0])))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    for process in processes_of(home):
        process.kill()


def test_from_nothing_to_ready_killed_and_back(home: Path) -> None:
    killed = Demo(home, free_port())
    killed.wait_until_ready()
    assert killed.health() == 200
    assert "already runs" in Demo(home, free_port()).refused()
    left = processes_of(home)
    killed.end(signal.SIGKILL)

    again = Demo(home, killed.port)
    again.wait_until_ready()
    assert again.health() == 200
    running = processes_of(home)
    assert len(running) == 3
    assert again.end(signal.SIGINT) == 0
    _, alive = psutil.wait_procs({*left, *running}, timeout=20)
    assert not alive
    assert Run.load(home) is None


def test_a_taken_port_is_one_sentence(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        sentence = Demo(home, other.getsockname()[1]).refused()
    assert "is taken by another program" in sentence
    assert "Traceback" not in sentence


def test_a_folder_that_cannot_be_written_is_one_sentence(home: Path) -> None:
    home.write_text("a file, not a folder")
    sentence = Demo(home, free_port()).refused()
    assert "Cannot write to" in sentence and "USTA_HOME" in sentence
    assert "Traceback" not in sentence
