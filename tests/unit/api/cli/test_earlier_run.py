"""The record of a demo: read back, told apart from strangers, leftovers stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.earlier_run import Run, RunningProcess, forget_run


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_record_is_read_back(tmp_path: Path) -> None:
    run = Run(RunningProcess.of(os.getpid()), "http://127.0.0.1:8000")
    run.save(tmp_path)
    assert Run.load(tmp_path) == run
    assert run.supervisor.find() is not None
    forget_run(tmp_path)
    assert Run.load(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"supervisor": {"pid": 1}}', '{"supervisor": 1, "url": "", "children": []}']
)
def test_a_broken_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.json").write_text(text)
    assert Run.load(tmp_path) is None


def test_a_process_that_only_took_the_number_is_not_found() -> None:
    assert RunningProcess(os.getpid(), created=1.0).find() is None


def test_leftovers_are_stopped_and_strangers_are_not() -> None:
    left, stranger = sleeper(), sleeper()
    try:
        children = [RunningProcess.of(left.pid), RunningProcess(stranger.pid, created=1.0)]
        assert Run(RunningProcess(1, 1.0), "", children).stop_leftovers() == 1
        assert left.poll() is not None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
