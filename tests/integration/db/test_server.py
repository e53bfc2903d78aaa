"""The embedded server is joined after a kill, stops with its last living user, and says plainly what it cannot do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from db.server import DatabaseUnavailable, start_embedded

ROOT = Path(__file__).parents[3]
PATIENCE = 120
"""Seconds until something counts as stuck: a busy machine stops a server slowly."""
START = """
import sys
from pathlib import Path
from db.server import start_embedded, stop_embedded
print(start_embedded(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
stop_embedded(Path(sys.argv[1]))
"""


class User:
    """A process of its own that uses the server of ``home`` until it is told to end, or killed."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(home)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.communicate("\n", timeout=PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def server_of(home: Path) -> psutil.Process | None:
    try:
        return psutil.Process(int((home / "postgres/postmaster.pid").read_text().splitlines()[0]))
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):  # it may be writing the file just now
        return None


def wait_until_stopped(home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while server_of(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server_of(home) is None


def test_it_outlives_a_killed_user_is_joined_and_stops_with_the_last(tmp_path: Path) -> None:
    killed = User(tmp_path, LC_ALL="xx_XX.UTF-8")
    with psycopg.connect(killed.url) as connection:
        connection.execute("create table kept (one int)")
    killed.kill()
    server = server_of(tmp_path)
    assert server is not None
    first, second = User(tmp_path), User(tmp_path)
    assert first.url == second.url == killed.url
    assert server_of(tmp_path) == server
    first.end()
    with psycopg.connect(second.url) as connection:
        connection.execute("select one from kept")
    second.end()
    wait_until_stopped(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="Set USTA_HOME"):
        start_embedded(tmp_path / "file")
