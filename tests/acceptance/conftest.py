"""Fixtures of the acceptance tests: one running stack for the whole session, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.stack import Stack, running_stack
from tests.conftest import create_database


@pytest.fixture(scope="session")
def stack(database_server: str, home: Path) -> Iterator[Stack]:
    """API, worker and simulator as processes of their own, shared by all acceptance tests."""
    with running_stack(create_database(database_server, "acceptance"), home / "acceptance") as running:
        yield running
