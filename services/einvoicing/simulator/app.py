"""The simulated platform as an ASGI application, and its place inside ``usta serve`` while none is configured."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import FastAPI

from db.settings import Settings
from services.einvoicing.credentials import SIMULATOR_PATH, WEBHOOK_PATH, access, signing_key
from services.einvoicing.simulator import directory, flows
from services.einvoicing.simulator.network import RETRY_DELAYS, TIMEOUT, Network
from services.einvoicing.simulator.state import State, Subscription
from services.einvoicing.simulator.wire import install_errors
from services.messaging.credentials import own_url
from services.operations.http_post import HttpPost, Post


class PlatformSimulator:
    """The platform and the application that serves ``/auth``, ``/flow-service`` and ``/directory-service``."""

    def __init__(self, client_id: str, client_secret: str, post: Post, retry_delays: tuple[float, ...]) -> None:
        self.state = State(client_id, client_secret)
        self._post = post
        self.network = Network(self.state, post, retry_delays)
        self.app = FastAPI(title="Approved platform, simulated", openapi_url=None)
        self.app.state.network = self.network
        self.app.include_router(flows.tokens, prefix="/auth")
        self.app.include_router(flows.router, prefix="/flow-service")
        self.app.include_router(directory.router, prefix="/directory-service")
        install_errors(self.app)

    def subscribe(self, url: str, key: bytes) -> None:
        """Registers our endpoint, as the set-up of a real platform does."""
        self.state.subscriptions["usta"] = Subscription("usta", url, key, [], datetime.now(UTC))

    async def close(self) -> None:
        await self.network.close()
        if isinstance(self._post, HttpPost):
            await self._post.close()


def create_platform(
    client_id: str, client_secret: str, *, post: Post | None = None, retry_delays: tuple[float, ...] = RETRY_DELAYS
) -> PlatformSimulator:
    """A platform without flows or webhooks. ``post`` replaces the network on the way to our endpoint (tests)."""
    return PlatformSimulator(client_id, client_secret, post or HttpPost(TIMEOUT), retry_delays)


def attach(app: FastAPI, configured: Settings) -> PlatformSimulator:
    """Mounts the simulated platform into ``app`` and registers our webhook with it."""
    reached, key = access(configured), signing_key(configured)
    assert reached is not None and key is not None
    simulator = create_platform(reached.client_id, reached.client_secret)
    simulator.subscribe(f"{own_url(configured)}{WEBHOOK_PATH}", key)
    app.mount(SIMULATOR_PATH, simulator.app)
    app.state.platform_simulator = simulator
    return simulator
