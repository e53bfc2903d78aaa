"""The simulated Stripe as an ASGI application, and its place inside ``usta serve`` while no key is configured."""

from __future__ import annotations

import httpx
import stripe
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from db.settings import Settings
from services.billing.provisioning import set_up
from services.billing.simulator import pages, refunds, routes
from services.billing.simulator.life import Life
from services.billing.simulator.state import Object, State
from services.billing.simulator.webhooks import RETRY_DELAYS, TIMEOUT, Webhooks
from services.billing.simulator.wire import install_errors
from services.billing.stripe_api import (
    API_VERSION,
    EVENTS,
    SIMULATOR_PATH,
    WEBHOOK_PATH,
    Stripe,
    api_key,
    webhook_secret,
)
from services.messaging.credentials import own_url
from services.operations.http_post import HttpPost, Post


class StripeSimulator:
    """The account and the application that serves its API and its pages."""

    def __init__(self, key: str, base: str, post: Post, retry_delays: tuple[float, ...]) -> None:
        self.state = State(key, base)
        self._post = post
        self.webhooks = Webhooks(self.state, post, retry_delays)
        self.life = Life(self.state, self.webhooks.send)
        self.app = FastAPI(title="Stripe, simulated", openapi_url=None)
        self.app.state.life = self.life
        self.app.include_router(routes.router)
        self.app.include_router(refunds.router)
        self.app.include_router(pages.router)
        install_errors(self.app)

    def subscribe(self, url: str, secret: str) -> Object:
        """Registers our endpoint with a known secret, as the set-up of a real account does."""
        values = {
            "url": url,
            "enabled_events": list(EVENTS),
            "api_version": API_VERSION,
            "status": "enabled",
            "secret": secret,
        }
        return self.state.add("webhook_endpoint", "we", values)

    async def close(self) -> None:
        await self.webhooks.close()
        if isinstance(self._post, HttpPost):
            await self._post.close()


class InProcess(stripe.HTTPXClient):
    """The SDK's HTTP client whose calls reach an application of this process instead of the network."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(verify_ssl_certs=False)
        self._client_async = httpx.AsyncClient(transport=httpx.ASGITransport(app))


def account_in_process(simulator: StripeSimulator) -> Stripe:
    """The real SDK, talking to a simulator of this process."""
    return Stripe(simulator.state.key, "http://stripe.simulated", InProcess(simulator.app))


def create_stripe(
    key: str, base: str, *, post: Post | None = None, retry_delays: tuple[float, ...] = RETRY_DELAYS
) -> StripeSimulator:
    """An empty account. ``post`` replaces the network on the way to our endpoint."""
    return StripeSimulator(key, base, post or HttpPost(TIMEOUT), retry_delays)


def attach(app: FastAPI, configured: Settings) -> StripeSimulator:
    """Mounts the simulated Stripe into ``app`` and registers our webhook with it."""
    secret = webhook_secret(configured)
    assert secret is not None
    own = own_url(configured)
    simulator = create_stripe(api_key(configured), f"{own}{SIMULATOR_PATH}")
    simulator.subscribe(f"{own}{WEBHOOK_PATH}", secret)
    app.mount(SIMULATOR_PATH, simulator.app)
    app.state.stripe_simulator = simulator
    return simulator


async def bootstrap(session: AsyncSession, simulator: StripeSimulator) -> None:
    """Gives the plans of the database their prices at the simulator: its memory is new at each start."""
    await set_up(session, account_in_process(simulator))
