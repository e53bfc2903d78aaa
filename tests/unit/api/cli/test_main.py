"""`usta --help` is complete, understandable and quick."""

from __future__ import annotations

import subprocess
import sys

from typer.main import get_command

from api.cli.main import app

HEAVY = {"sqlalchemy", "langgraph", "langchain_core", "fastapi", "weasyprint", "psycopg", "pydantic"}


def test_every_command_says_what_it_does() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert {"demo", "serve", "worker", "migrate", "seed", "doctor", "chat", "understand", "bench"} <= set(commands)
    assert all(command.get_short_help_str() for command in commands.values())


def test_help_loads_nothing_heavy() -> None:
    program = "import sys, api.cli.main; print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)
