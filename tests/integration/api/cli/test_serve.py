"""`usta serve` told to end: what has begun is answered, nothing new is taken, and it leaves with code 0."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from tests.integration.storage.stores import free_port

ROOT = Path(__file__).parents[4]
SLOW = """
import asyncio, sys
sys.path.insert(0, {root!r})
import api.app
made = api.app.create_app

def with_a_slow_route(*arguments):
    app = made(*arguments)

    @app.get("/slow")
    async def slow() -> str:
        print("begun", flush=True)
        await asyncio.sleep(1.5)
        return "whole"

    return app

api.app.create_app = with_a_slow_route
from api.cli.main import app as commands
commands(["serve"])
"""


def test_a_request_that_has_begun_is_answered(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "DATABASE_URL": database_url,
        "USTA_HOME": str(tmp_path),
        "UNIPILE_DSN": "127.0.0.1:9",
        "UNIPILE_API_KEY": "k",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(root=str(ROOT))],
        env={**os.environ, **settings},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    answers: list[httpx.Response] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    if client.get("/health/ready").status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.1)
            asking = threading.Thread(target=lambda: answers.append(client.get("/slow")))
            asking.start()
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGTERM)
            asking.join(30)
            assert [(answer.status_code, answer.json()) for answer in answers] == [(200, "whole")]
            assert process.wait(30) == 0
        finally:
            process.kill()
