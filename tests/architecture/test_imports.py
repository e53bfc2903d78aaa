"""The rooms import downwards only: the contracts of pyproject.toml hold, and they can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache", "--no-logo", *options], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_contract_is_kept(root: Path) -> None:
    answer = lint(root)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_service_that_imports_a_tool_breaks_a_contract(root: Path, tmp_path: Path) -> None:
    for room in ("api", "agent", "graphs", "tools", "prompts", "services", "db", "evals"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("")
    (tmp_path / "services/greedy.py").write_text("import tools\n")
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    answer = lint(tmp_path)
    assert answer.returncode == 1
    assert "services.greedy -> tools" in answer.stdout
