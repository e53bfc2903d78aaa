"""What the demo shows of its children's logs: the events a person cares about, one readable line each."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text

_ROUTINE = ("uvicorn", "procrastinate", "httpx", "usta.http", "asyncio")
"""Loggers whose everyday records stay in the log files."""
_COLOURS = {"warning": "yellow", "error": "red", "critical": "red"}
_FRAME = ("event", "level", "logger", "timestamp", "request_id", "exception")


def show(console: Console, name: str, line: str) -> None:
    """Prints one line of the child ``name`` unless it is routine."""
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        console.print(Text(f"{name:>10}  {line}", style="dim"), soft_wrap=True)
        return
    level = str(record.get("level", "info"))
    if level == "debug" or (level == "info" and str(record.get("logger", "")).startswith(_ROUTINE)):
        return
    console.print(_readable(name, level, record), soft_wrap=True)


def _readable(name: str, level: str, record: dict[str, Any]) -> Text:
    text = Text(f"{str(record.get('timestamp', ''))[11:19]} {name:>10}  ", style="dim")
    text.append(str(record.get("event", "")), style=_COLOURS.get(level, "default not dim"))
    details = "  ".join(f"{key}={value}" for key, value in record.items() if key not in _FRAME)
    if details:
        text.append(f"  {details}")
    if exception := str(record.get("exception", "")).strip():
        text.append(f"\n{'':>21}{exception.splitlines()[-1]}", style="red")
    return text
