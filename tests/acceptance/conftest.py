"""Fixtures of the acceptance tests: one running stack for the whole session, on a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, new_phone, running_stack
from tests.conftest import create_database
from tests.fakes import voice_server


@pytest.fixture(scope="session")
def stack(database_server: str, home: Path) -> Iterator[Stack]:
    """API, worker and simulators as processes of their own, shared by all acceptance tests.

    The installation allows e-invoicing; the companies of the tests have it off unless they say so.
    """
    url = create_database(database_server, "acceptance")
    with voice_server.running() as ear:
        settings = {"EINVOICING_ENABLED": "true", "TRANSCRIPTION_URL": ear.base_url, "SPEECH_URL": ear.base_url}
        with running_stack(url, home / "acceptance", **settings) as running:
            running.ear = ear
            yield running


@pytest.fixture
def artisan_of(stack: Stack) -> Callable[..., Artisan]:
    """Makes artisans on the shared stack: ``artisan_of("tr", clients=[…])``. Each has a phone of his own."""

    def make(language: str = "fr", **scene: Any) -> Artisan:
        return Artisan(stack, language=language, **scene)

    return make


@pytest.fixture(params=["fr", "tr"])
def language(request: pytest.FixtureRequest) -> str:
    """The test runs once in each language of the chat."""
    code: str = request.param
    return code


@pytest.fixture
def artisan(language: str, artisan_of: Callable[..., Artisan]) -> Artisan:
    """An artisan with three known clients and an accepted quote of 20 m² of tiling at 48 €."""
    return artisan_of(
        language,
        clients=[
            {"name": "Mme Garance", "phone": new_phone(), "address": "3 rue Pasteur, 69003 Lyon"},
            {"name": "M. Noé", "phone": new_phone(), "address": "5 rue Bugeaud, 69006 Lyon"},
            {"name": "Bâti Sud", "kind": "business"},
        ],
        quotes=[
            {
                "client": "M. Noé",
                "status": "accepted",
                "lines": [{"description": "Pose de carrelage", "quantity": "20", "unit": "m²", "unit_price": "48"}],
            }
        ],
    )
