"""The simulated server as an ASGI application, and its place inside ``usta serve`` while none is configured."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import chatwoot as repository
from db.settings import Settings
from services.chatwoot.credentials import SIMULATOR_PATH, WEBHOOK_PATH, access, webhook_secrets
from services.chatwoot.normalise import account_ref
from services.chatwoot.provisioning import EVENTS
from services.chatwoot.simulator import rest
from services.chatwoot.simulator.network import Network
from services.chatwoot.simulator.state import Bot, Inbox, State, Webhook
from services.chatwoot.simulator.webhooks import BOT_WAIT, TIMEOUT, WebhookSender
from services.messaging.credentials import own_url
from services.operations.http_post import HttpPost, Post

WEBSITE = 8
"""The inbox of a page in the web, whose visitors may claim any phone."""


class ChatwootSimulator:
    """The server, its inboxes, and the application that serves its API and its files."""

    def __init__(self, state: State, post: Post, bot_wait: float = BOT_WAIT) -> None:
        self.state = state
        self.sender = WebhookSender(state, post, bot_wait)
        self.network = Network(state, self.sender)
        self.app = FastAPI(title="Chatwoot, simulated", openapi_url=None)
        self.app.state.network = self.network
        self.app.include_router(rest.router)
        self.app.include_router(rest.files)
        rest.install_errors(self.app)

    async def close(self) -> None:
        """Stops the calls that are still to be made."""
        await self.sender.close()


def attach(app: FastAPI, configured: Settings, *, post: Post | None = None, bot_wait: float = BOT_WAIT) -> (
    ChatwootSimulator
):  # fmt: skip
    """Mounts the simulated server into ``app`` and registers our webhook and bot with it, as the set-up does.

    ``app.state.chatwoot_simulator`` holds it; the caller runs ``bootstrap`` once the database is up.
    """
    reached = access(configured)
    assert reached is not None and reached.bot_token
    state = State(reached.account, reached.token, reached.url)
    simulator = ChatwootSimulator(state, post or HttpPost(TIMEOUT), bot_wait)
    url = f"{own_url(configured)}{WEBHOOK_PATH}"
    account_secret, bot_secret = webhook_secrets(configured)
    state.bots[1] = Bot(1, "Usta", url, reached.bot_token, bot_secret)
    state.webhooks[1] = Webhook(1, url, "usta", list(EVENTS), account_secret)
    state.inboxes[reached.inbox] = Inbox(reached.inbox, "WhatsApp", "Channel::Whatsapp", bot_id=1)
    state.inboxes[WEBSITE] = Inbox(WEBSITE, "Site", "Channel::WebWidget", bot_id=1)
    app.mount(SIMULATOR_PATH, simulator.app)
    app.state.chatwoot_simulator = simulator
    return simulator


async def bootstrap(session: AsyncSession, simulator: ChatwootSimulator) -> None:
    """Both simulated inboxes are assistant accounts here."""
    for inbox in simulator.state.inboxes.values():
        await repository.ensure_inbox(session, account_ref(simulator.state.account, inbox.id), None)
