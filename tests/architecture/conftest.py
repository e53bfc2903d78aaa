"""What the architecture tests look at: the rooms, and every file that would be committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOMS = ("api", "agent", "graphs", "tools", "prompts", "services", "db", "evals")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def committed(root: Path) -> list[Path]:
    """Files that are or would be committed; everything that is not hidden where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        found = [root / name for name in listing.stdout.splitlines()]
    else:
        found = [path for path in root.rglob("*") if not any(part.startswith(".venv") for part in path.parts)]
    return [path for path in found if path.is_file()]


@pytest.fixture(scope="session")
def modules(root: Path) -> list[Path]:
    """Python files of the rooms; migrations are history and stay as they were written."""
    return [path for room in ROOMS for path in sorted((root / room).rglob("*.py")) if "versions" not in path.parts]
