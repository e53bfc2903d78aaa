"""The two companies of the isolation suite, once per module."""

from __future__ import annotations

import pytest

from tests.integration.isolation.world import World, make_world


@pytest.fixture(scope="module")
def world(database_url: str) -> World:
    """Company A, and company B with a row in every table."""
    return make_world(database_url)
