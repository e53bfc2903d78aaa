"""A Usta of this process with the simulated Stripe; the real SDK is what talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from db.models import WhatsappAccount
from db.session import Database
from db.settings import settings
from evals.billing.life import World


@pytest.fixture
async def http(
    database: Database, assistant_account: WhatsappAccount, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, billing switched on."""
    monkeypatch.setattr(settings(), "billing_simulated", True)
    app = create_app(settings())
    app.state.database = database
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://usta") as client:
        yield client


@pytest.fixture
async def world(database: Database, http: httpx.AsyncClient) -> AsyncIterator[World]:
    """Two pending companies and a Stripe account with the plans' prices."""
    world = World(database, settings(), http)
    await world.begin()
    yield world
    await world.close()
