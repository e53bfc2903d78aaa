"""The supervisor keeps its children running and leaves none behind, whatever happens to them or to it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from api.cli.earlier_run import Run
from api.cli.supervisor import Child, ChildEnded, Supervisor

ROOT = Path(__file__).parents[4]
SLEEP = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('awake', flush=True); time.sleep(60)",
]
OBEDIENT = [
    sys.executable,
    "-c",
    "import time; from api.cli.supervised import end_with_supervisor; end_with_supervisor(); time.sleep(60)",
]
SUPERVISE = """
import sys, time
from pathlib import Path
from rich.console import Console
from api.cli.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]), "", {}, Console(quiet=True))
supervisor.start("child", sys.argv[2:])
print("started", flush=True)
time.sleep(60)
"""


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, output: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr("api.cli.supervisor._PATIENCE_SECONDS", 1)
    supervisor = Supervisor(tmp_path, "http://127.0.0.1:1", {"GREETING": "hello"}, Console(file=output, width=200))
    yield supervisor
    supervisor.stop()


def until(condition: Callable[[], bool], supervisor: Supervisor | None = None) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        if supervisor:
            supervisor.tend(0.05)
        else:
            time.sleep(0.05)


def pid(child: Child) -> int:
    assert child.process
    return child.process.pid


def test_a_killed_child_is_started_again_and_the_person_is_told(supervisor: Supervisor, output: io.StringIO) -> None:
    child = supervisor.start("worker", SLEEP)
    first = pid(child)
    os.kill(first, signal.SIGKILL)
    until(lambda: pid(child) != first, supervisor)
    assert "The worker ended (killed by signal 9); starting it again in 1 s." in output.getvalue()


def test_output_is_shown_and_kept(supervisor: Supervisor, output: io.StringIO, tmp_path: Path) -> None:
    supervisor.start("worker", [sys.executable, "-c", "import os, time; print(os.environ['GREETING']); time.sleep(60)"])
    until(lambda: "hello" in output.getvalue(), supervisor)
    assert (tmp_path / "logs/worker.log").read_text() == "hello\n"


def test_a_child_that_cannot_start_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    child = supervisor.start("api", [sys.executable, "-c", "raise SystemExit('no database here')"])
    assert child.process
    child.process.wait(10)
    supervisor.tend(0.2)
    with pytest.raises(ChildEnded, match="no database here"):
        supervisor.require(child)


def test_stop_ends_also_what_does_not_want_to(supervisor: Supervisor, output: io.StringIO, tmp_path: Path) -> None:
    children = [supervisor.start("meek", SLEEP), supervisor.start("stubborn", STUBBORN)]
    until(lambda: output.getvalue().count("awake") == 2, supervisor)
    supervisor.stop()
    for child in children:
        assert child.process and child.process.wait(5) != 0
    assert Run.load(tmp_path) is None


def test_children_of_a_killed_supervisor_end_by_themselves(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(tmp_path), *OBEDIENT], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert supervisor.stdout
    supervisor.stdout.readline()
    run = Run.load(tmp_path)
    assert run
    child = run.children[0].find()
    assert isinstance(child, psutil.Process)
    supervisor.kill()
    supervisor.communicate()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
