"""The demo shows what a person cares about and leaves the rest to the log files."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from api.cli.progress import show


def shown(line: str) -> str:
    output = io.StringIO()
    show(Console(file=output, width=80), "worker", line)
    return output.getvalue()


def record(**values: Any) -> str:
    return json.dumps(
        {"event": "request", "level": "info", "logger": "usta", "timestamp": "2026-11-21T08:30:00Z", **values}
    )


def test_an_event_is_one_line_with_its_details() -> None:
    assert shown(record(event="turn answered", lines=3)) == "08:30:00     worker  turn answered  lines=3\n"


@pytest.mark.parametrize("logger", ["usta.http", "uvicorn.error", "procrastinate.worker"])
def test_routine_is_left_out(logger: str) -> None:
    assert shown(record(logger=logger)) == ""


def test_trouble_is_always_shown() -> None:
    assert "request" in shown(record(logger="usta.http", level="warning"))


def test_of_a_traceback_the_last_line() -> None:
    text = shown(record(level="error", exception="Traceback (most recent call last):\n  …\nValueError: no"))
    assert "ValueError: no" in text
    assert "Traceback" not in text


def test_what_is_no_log_record_is_shown_as_it_is() -> None:
    assert "Segmentation fault [core]" in shown("Segmentation fault [core]")
    assert "17" in shown("17")
