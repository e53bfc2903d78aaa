"""The record of a running demo, so that the next start knows whether one runs and cleans up after a killed one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

_FILE = "demo.json"
_PATIENCE_SECONDS = 8


@dataclass
class RunningProcess:
    """A process told apart from a later one with the same number by its start time (seconds since 1970)."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> RunningProcess:
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process if it still runs."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.created) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.Error:
            pass
        return None


@dataclass
class Run:
    """One run of the demo: its supervisor, its children, and where it answers."""

    supervisor: RunningProcess
    url: str
    children: list[RunningProcess] = field(default_factory=list)

    def save(self, home: Path) -> None:
        """Replaces the record in one step, so that a kill never leaves half a file."""
        draft = home / f"{_FILE}.new"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(home / _FILE)

    @classmethod
    def load(cls, home: Path) -> Run | None:
        try:
            stored = json.loads((home / _FILE).read_text())
            return cls(
                RunningProcess(**stored["supervisor"]),
                stored["url"],
                [RunningProcess(**child) for child in stored["children"]],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def stop_leftovers(self) -> int:
        """Ends the children that outlived their supervisor; returns how many there were."""
        leftovers = [process for child in self.children if (process := child.find())]
        for process in leftovers:
            process.terminate()
        _, stubborn = psutil.wait_procs(leftovers, timeout=_PATIENCE_SECONDS)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=_PATIENCE_SECONDS)
        return len(leftovers)


def forget_run(home: Path) -> None:
    (home / _FILE).unlink(missing_ok=True)
