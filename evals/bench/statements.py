"""How long PostgreSQL itself worked on each statement: what no busy client and no event loop can stretch."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_LINE = re.compile(r"^pid=(\d+) .*?duration: ([\d.]+) ms  (parse|bind|execute|statement)")


@contextmanager
def statement_milliseconds(url: str, log: Path) -> Iterator[list[float]]:
    """While it is open, the server logs every duration; afterwards the list holds one number per statement."""
    statements: list[float] = []
    _log_durations(url, "0")
    start = log.stat().st_size
    yield statements
    _log_durations(url, "-1")
    with log.open("rb") as file:
        file.seek(start)
        statements.extend(durations_of(line.decode(errors="replace") for line in file))


def _log_durations(url: str, least: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter system set log_line_prefix = 'pid=%p '")
        connection.execute(f"alter system set log_min_duration_statement = {least}")
        connection.execute("select pg_reload_conf()")
    time.sleep(0.5)  # the server's processes read the change between two statements


def durations_of(lines: Iterator[str]) -> Iterator[float]:
    """Parsing and planning belong to the execution that follows them in the same session."""
    waiting: dict[str, float] = defaultdict(float)
    for line in lines:
        if found := _LINE.match(line):
            session, taken, step = found[1], float(found[2]), found[3]
            if step in ("parse", "bind"):
                waiting[session] += taken
            else:
                yield taken + waiting.pop(session, 0.0)
