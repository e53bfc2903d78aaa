from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.storage.stores import Server, google_server, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def google() -> Iterator[Server]:
    with google_server() as server:
        yield server
