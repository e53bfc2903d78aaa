"""Baselines that are served: a bare application in a process of its own, beside an installation and on its database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from evals.bench.load import Connection
from evals.installation import ROOT, Installation, free_port


@asynccontextmanager
async def bare_route(installation: Installation, module: str, processes: int = 1) -> AsyncIterator[int]:
    """The port on which ``app`` of ``module`` is served, once it answers."""
    with _process(installation, module, processes) as port:
        await _answers(port)
        yield port


@contextmanager
def _process(installation: Installation, module: str, processes: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"{module}:app", "--port", str(port), "--workers", str(processes)]
    environment = {**os.environ, "DATABASE_URL": installation.url, "PYTHONPATH": str(ROOT)}
    quiet = ["--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([*command, *quiet], env=environment, cwd=installation.home)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


async def _answers(port: int) -> None:
    for _ in range(100):
        try:
            await Connection(port).get("/health")
            return
        except OSError:
            await asyncio.sleep(0.1)
