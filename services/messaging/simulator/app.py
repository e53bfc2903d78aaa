"""The simulator as an ASGI application, and its place inside ``usta serve`` while no real provider is configured."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import sessions as repository
from db.settings import Settings
from services.messaging.credentials import SIMULATOR_PATH, api_key, own_url, webhook_secret
from services.messaging.provisioning import WEBHOOKS, address, ensure_assistant
from services.messaging.simulator import hosted, rest_accounts, rest_messages
from services.messaging.simulator.faults import Faults
from services.messaging.simulator.feed import Feed
from services.messaging.simulator.network import Network
from services.messaging.simulator.rest import Provider, install_errors
from services.messaging.simulator.state import State, Webhook
from services.messaging.simulator.webhooks import RETRY_DELAYS, HttpPost, Post, WebhookSender
from services.messaging.simulator.wire import new_wire_id

ASSISTANT = "sim-assistant"
"""The provider's id of the assistant's account."""


class Simulator:
    """The provider, its network of phones and the application that serves its REST API under ``/api/v1``."""

    def __init__(self, key: str, post: Post, retry_delays: Sequence[float]) -> None:
        self.state, self.feed = State(key), Feed()
        self.sender = WebhookSender(self.state, self.feed, post, retry_delays)
        self.network = Network(self.state, self.feed, self.sender)
        self.faults = Faults([])
        self.app = FastAPI(title="Unipile, simulated", openapi_url=None)
        self.app.state.provider = Provider(self.network, self.faults)
        self.app.include_router(rest_accounts.router, prefix="/api/v1")
        self.app.include_router(rest_messages.router, prefix="/api/v1")
        self.app.include_router(hosted.router)
        install_errors(self.app)

    def register_webhooks(self, base_url: str, header: str, secret: str) -> None:
        """Registers our doors for messages and connections, as the set-up of the real provider does."""
        for wanted in WEBHOOKS:
            headers = [{"key": header, "value": secret}]
            events = list(wanted.events) or None
            url = address(base_url, wanted)
            webhook = Webhook(new_wire_id(), wanted.source, url, wanted.name, events, headers=headers)
            self.state.webhooks[webhook.id] = webhook

    async def close(self) -> None:
        """Stops the webhooks that are still to be sent."""
        await self.sender.close()


def create_simulator(
    *, api_key: str, post: Post | None = None, retry_delays: Sequence[float] = RETRY_DELAYS
) -> Simulator:
    """A simulator without accounts or webhooks. ``post`` replaces the network on the way to our endpoint (tests)."""
    return Simulator(api_key, post or HttpPost(), retry_delays)


def attach(
    app: FastAPI, configured: Settings, *, post: Post | None = None, retry_delays: Sequence[float] = RETRY_DELAYS
) -> Simulator:
    """Mounts the simulator into ``app`` and registers our webhook with it. ``app.state.simulator`` holds it.

    The caller runs ``bootstrap`` once the database is up and ``Simulator.close`` at the end.
    """
    simulator = create_simulator(api_key=api_key(configured), post=post, retry_delays=retry_delays)
    secret = webhook_secret(configured)
    assert secret is not None
    simulator.state.add_account(configured.assistant_phone, ASSISTANT, was_connected=True)
    simulator.register_webhooks(own_url(configured), configured.unipile_webhook_header, secret.decode())
    app.mount(SIMULATOR_PATH, simulator.app)
    app.state.simulator = simulator
    return simulator


async def bootstrap(session: AsyncSession, simulator: Simulator, configured: Settings) -> None:
    """Makes database and simulator agree: the assistant's account exists, and linked numbers are known here too."""
    await ensure_assistant(session, ASSISTANT, configured.assistant_phone)
    for account in await repository.list_sessions(session, None):
        known = account.provider_account_id in simulator.state.accounts
        if known or account.phone is None or account.provider_account_id.startswith(repository.NEW):
            continue
        status = "OK" if account.status == "connected" else "CREDENTIALS"
        simulator.state.add_account(account.phone, account.provider_account_id, was_connected=True, status=status)
