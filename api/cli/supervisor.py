"""Starts the demo's child processes, keeps them running, shows what they say, and stops every one of them."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psutil
from rich.console import Console

from api.cli import progress
from api.cli.earlier_run import Run, RunningProcess, forget_run
from api.cli.supervised import VARIABLE

_PATIENCE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 30
_STEADY_SECONDS = 60
"""A child that ran this long is taken as healthy: its next restart comes at once."""


@dataclass
class Child:
    """One process to keep running."""

    name: str
    command: list[str]
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    failures: int = 0
    start_again_at: float = 0.0
    last_lines: list[str] = field(default_factory=list)


class ChildEnded(Exception):
    """A child ended while it was waited for; the message is for the person at the terminal."""


class Supervisor:
    """Owns the children of one demo run. ``stop`` may be called at any time and leaves none behind."""

    def __init__(self, home: Path, url: str, environment: dict[str, str], console: Console) -> None:
        self._home = home
        self._environment = {**os.environ, **environment, VARIABLE: "1", "PYTHONUNBUFFERED": "1"}
        self._console = console
        self._run = Run(RunningProcess.of(os.getpid()), url)
        self._children: list[Child] = []
        self._lines: queue.Queue[tuple[Child, str]] = queue.Queue()
        self._logs = home / "logs"
        self._logs.mkdir(exist_ok=True)
        self._run.save(home)

    def start(self, name: str, command: list[str]) -> Child:
        """Starts a child; its output goes to ``logs/<name>.log`` and, what matters of it, to the terminal."""
        child = Child(name, command)
        (self._logs / f"{name}.log").write_text("")
        self._children.append(child)
        self._spawn(child)
        return child

    def tend(self, seconds: float = 0.2) -> None:
        """Shows what the children said within ``seconds`` and starts again those that ended."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                child, line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            progress.show(self._console, child.name, line)
        for child in self._children:
            self._mend(child)

    def require(self, child: Child) -> None:
        """Raises ``ChildEnded`` when ``child`` is not running."""
        if child.process is None or child.process.poll() is not None:
            said = "\n".join(child.last_lines[-15:])
            raise ChildEnded(f"{said}\nThe {child.name} process ended; see {self._logs / child.name}.log.")

    def stop(self) -> None:
        """Asks every child to end, waits, and kills what is left."""
        running = [child.process for child in self._children if child.process and child.process.poll() is None]
        families = [*running, *_descendants(running)]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            time.sleep(0.05)
        for member in families:
            if member.poll() is None if isinstance(member, subprocess.Popen) else member.is_running():
                member.kill()
        forget_run(self._home)

    def _spawn(self, child: Child) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then ends the children in order.
        child.process = subprocess.Popen(
            child.command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        child.started = time.monotonic()
        child.start_again_at = 0.0
        threading.Thread(target=self._read, args=(child, child.process.stdout), daemon=True).start()
        self._run.children = [
            RunningProcess.of(one.process.pid) for one in self._children if one.process and one.process.poll() is None
        ]
        self._run.save(self._home)

    def _read(self, child: Child, output: TextIO) -> None:
        with (self._logs / f"{child.name}.log").open("a") as log:
            for line in output:
                log.write(line)
                log.flush()
                child.last_lines = [*child.last_lines[-29:], line.rstrip()]
                self._lines.put((child, line.rstrip()))

    def _mend(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        now = time.monotonic()
        if not child.start_again_at:
            child.failures = 0 if now - child.started > _STEADY_SECONDS else child.failures + 1
            pause = min(2 ** max(child.failures - 1, 0), _LONGEST_PAUSE_SECONDS) if child.failures else 0
            child.start_again_at = now + pause
            self._console.print(
                f"The {child.name} ended ({_how(child.process.returncode)}); starting it again in {pause} s. "
                f"Its log: {self._logs / child.name}.log",
                style="yellow",
            )
        elif now >= child.start_again_at:
            self._spawn(child)


def _descendants(processes: list[subprocess.Popen[str]]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in processes:
        try:
            found += psutil.Process(process.pid).children(recursive=True)
        except psutil.Error:
            continue
    return found


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
