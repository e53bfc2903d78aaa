"""A whole Usta under test: API with the simulated channel and one worker as processes of their own, on a real database."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg.rows import dict_row

from db.settings import Settings
from services.messaging.credentials import SIMULATOR_PATH, api_key
from tests.fakes.voice_server import VoiceServer
from tests.opened import opened_dicts

ROOT = Path(__file__).parents[2]
ASSISTANT = "+33180000000"
HOLD_SECONDS = 1
READY_WITHIN_SECONDS = 120
ANSWERED_WITHIN_SECONDS = 60
"""Only so that a test that hangs ends; nothing is judged by time."""

_IN_A_TRANSACTION = """
select 1 from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'
"""


class Stack:
    """The running service: its HTTP client, its database, the recogniser that it asks about voice notes."""

    ear: VoiceServer

    def __init__(self, url: str, database_url: str, home: Path | None = None, worker_pid: int = 0) -> None:
        self.url, self.database_url, self.home, self._worker_pid = url, database_url, home, worker_pid
        self.http = httpx.Client(base_url=url, timeout=60)

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Runs one statement as the owner of the database, outside row-level security."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), values)
            return opened_dicts(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def as_role(self, role: str, organization_id: UUID | str | None = None) -> Iterator[psycopg.Connection[Any]]:
        """A transaction of ``usta_app`` (for one tenant) or ``usta_system``, rolled back at the end."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            connection.execute(
                "select set_config('role', %s, true), set_config('app.organization_id', %s, true)",
                (role, str(organization_id or "")),
            )
            yield connection
            connection.rollback()

    @contextmanager
    def worker_asleep(self) -> Iterator[None]:
        """Nothing is answered inside the block; webhooks are taken all the same, so it is not stopped with rows locked."""
        try:
            os.kill(self._worker_pid, signal.SIGSTOP)
            while self.rows(_IN_A_TRANSACTION):
                os.kill(self._worker_pid, signal.SIGCONT)
                time.sleep(0.02)
                os.kill(self._worker_pid, signal.SIGSTOP)
                time.sleep(0.02)
            yield
        finally:
            os.kill(self._worker_pid, signal.SIGCONT)

    def wait_idle(self, phone: str) -> dict[str, Any]:
        """Waits until nothing of the phone waits or is in work and returns its state."""
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while time.monotonic() < deadline:
            state: dict[str, Any] = self._get("/simulator/state", phone=phone)
            if state["idle"]:
                return state
            time.sleep(0.03)
        raise AssertionError(f"{phone} is still busy after {ANSWERED_WITHIN_SECONDS} s: {self._waiting(phone)}")

    def received(self, phone: str, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        """What the phone received from Usta after ``after``, long-polling up to ``wait`` seconds for something."""
        messages: list[dict[str, Any]] = self._get("/simulator/outbound", to=phone, after=after, wait=wait)["messages"]
        return messages

    def provider(self, method: str, path: str, **request: Any) -> Any:
        """Calls the simulated provider's REST API with this installation's key."""
        assert self.home is not None
        key = api_key(Settings(USTA_HOME=self.home))  # type: ignore[call-arg]
        url = f"{SIMULATOR_PATH}/api/v1{path}"
        answer = self.http.request(method, url, headers={"X-API-KEY": key}, **request)
        answer.raise_for_status()
        return answer.json()

    def _get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    def _waiting(self, phone: str) -> list[dict[str, Any]]:
        return self.rows(
            "select task_name, status, attempts from jobs.procrastinate_jobs where status in ('todo', 'doing') limit 20"
        ) + self.rows("select status, error from outbox where to_phone = %(phone)s", phone=phone)


@contextmanager
def running_stack(database_url: str, home: Path, **environment: str) -> Iterator[Stack]:
    """Starts API and worker and stops them at the end; their output goes to files under ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    settings = {
        **os.environ,
        "DATABASE_URL": database_url,
        "USTA_HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ASSISTANT_PHONE": ASSISTANT,
        "DEBOUNCE_SCALE": "0",
        "CLIENT_SEND_HOLD_SECONDS": str(HOLD_SECONDS),
        "UNDERSTANDER": "grammar",
        "LOG_LEVEL": "WARNING",
        **environment,
    }
    processes = {name: _start(name, settings, home) for name in ("serve", "worker")}
    try:
        stack = Stack(f"http://127.0.0.1:{port}", database_url, home, processes["worker"].pid)
        _wait_until_ready(stack, processes, home)
        yield stack
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _start(command: str, settings: dict[str, str], home: Path) -> subprocess.Popen[bytes]:
    with (home / f"{command}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli.main", command],
            cwd=ROOT,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait_until_ready(stack: Stack, processes: dict[str, subprocess.Popen[bytes]], home: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        for name, process in processes.items():
            if process.poll() is not None:
                raise AssertionError(f"usta {name} ended: {(home / f'{name}.log').read_text()[-3000:]}")
        try:
            health = stack.http.get("/health")
            if health.status_code == 200 and health.json()["workers"]:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not ready: {(home / 'serve.log').read_text()[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_phone() -> str:
    """A French mobile number (E.164) that nobody else in this run has."""
    return "+336" + "".join(secrets.choice("123456789") for _ in range(8))
