"""The HTTP application: webhooks, operations, and the simulated channel with its demo page where no Unipile is set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from api import docs_page, files, health, subscribe_page
from api.errors import install_error_handlers
from api.openapi import describe
from api.protection import install_protection
from api.request_log import RequestLog
from api.session_page import routes as session_page
from api.v1 import (
    access_log,
    api_keys,
    auth,
    chats,
    chatwoot,
    clients,
    company,
    consents,
    conversations,
    documents,
    drafts,
    einvoicing,
    erasure,
    exports,
    follow_ups,
    issuing,
    logs,
    messages,
    models,
    notices,
    organizations,
    payments,
    plans,
    retention,
    sending,
    sign_in,
    subscription,
    usage,
    users,
    whatsapp_pace,
    whatsapp_sessions,
    whatsapp_sync,
    wording,
)
from api.v1.access import public
from api.v1.idempotency import install_idempotency
from api.webhooks import chatwoot as shared_inbox_door
from api.webhooks import einvoicing as platform_door
from api.webhooks import stripe as stripe_door
from api.webhooks import unipile, unipile_accounts
from db.encryption import configured_keyring
from db.queue import open_queue
from db.server import database_url
from db.session import Database
from db.settings import Settings, settings
from services.operations.health import check_health
from services.operations.logs import configure_logs
from services.operations.totals import Totals
from services.operations.tracing import tracing

_RETRY_SECONDS = 1.0
_log = structlog.get_logger("usta.api")


def create_app(configured: Settings | None = None) -> FastAPI:
    """The application of one API process. What requests need hangs on ``app.state``: settings, database, simulator."""
    configured = configured or settings()
    configure_logs(configured.log_level)
    app = FastAPI(
        title="Usta",
        version=version("usta"),
        description="Quotes and invoices by chat for building artisans in France, in French and Turkish.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = configured
    app.state.not_ready = None
    install_idempotency(app)
    install_protection(app, configured)
    app.add_middleware(RequestLog)
    install_error_handlers(app)
    describe(app)
    app.include_router(health.router, dependencies=[public("tells monitoring nothing of anybody")])
    app.include_router(docs_page.router, dependencies=[public("the description of this API, to read")])
    app.include_router(files.router, dependencies=[public("a signed link that ends")])
    app.include_router(unipile.router, dependencies=[public("the channel, by the secret in its header")])
    app.include_router(unipile_accounts.router, dependencies=[public("the channel, by the secret in its header")])
    app.include_router(session_page.router, dependencies=[public("a signed link that ends")])
    for router in (sign_in.router, sign_in.platform_router, logs.system_router):
        app.include_router(router)
    for module in (
        auth,
        organizations,
        users,
        api_keys,
        company,
        clients,
        documents,
        drafts,
        issuing,
        sending,
        follow_ups,
        payments,
        plans,
        subscription,
        conversations,
        chats,
        messages,
        logs,
        usage,
        einvoicing,
        wording,
        models,
        whatsapp_sessions,
        whatsapp_sync,
        whatsapp_pace,
        chatwoot,
        notices,
        access_log,
        retention,
        exports,
        consents,
        erasure,
    ):
        app.include_router(module.router)
    app.include_router(plans.admin_router)
    app.include_router(subscribe_page.router, dependencies=[public("a signed link that ends")])
    if configured.billing != "off":
        app.include_router(stripe_door.router, dependencies=[public("Stripe, by its signature")])
    if configured.billing == "simulator":
        _add_simulated_stripe(app, configured)
    if configured.chatwoot != "off":
        app.include_router(shared_inbox_door.router, dependencies=[public("the shared inbox, by its signature")])
    if configured.chatwoot == "simulator":
        _add_simulated_inbox(app, configured)
    if configured.einvoicing != "off":
        app.include_router(platform_door.router, dependencies=[public("the approved platform, by its signature")])
    if configured.einvoicing == "simulator":
        _add_simulated_platform(app, configured)
    if configured.company_register == "simulator":
        _add_simulated_register(app)
    if configured.simulated_channel:
        _add_simulated_channel(app, configured)
    return app


def _add_simulated_channel(app: FastAPI, configured: Settings) -> None:
    """The stand-in for Unipile and WhatsApp, the phones' control API and the demo page: absent on a real channel."""
    from api import simulator, simulator_accounts
    from api.demo import routes as demo
    from services.messaging.simulator.app import attach

    attach(app, configured)
    app.include_router(simulator.router, dependencies=[public("the simulated channel only, for this machine")])
    app.include_router(simulator_accounts.router, dependencies=[public("the simulated channel only, for this machine")])
    app.include_router(demo.router, dependencies=[public("the simulated channel only, for this machine")])
    app.state.not_ready = "The simulated channel waits for the database."


def _add_simulated_inbox(app: FastAPI, configured: Settings) -> None:
    """The stand-in for a Chatwoot server and its control API, beside the simulated channel."""
    from api import chatwoot_simulator
    from services.chatwoot.simulator.app import attach

    attach(app, configured)
    app.include_router(chatwoot_simulator.router, dependencies=[public("the simulated inbox only, for this machine")])


def _add_simulated_platform(app: FastAPI, configured: Settings) -> None:
    """The stand-in for an approved platform and its control API: absent where a platform is configured."""
    from api import platform_simulator
    from services.einvoicing.simulator.app import attach

    attach(app, configured)
    app.include_router(
        platform_simulator.router, dependencies=[public("the simulated platform only, for this machine")]
    )


def _add_simulated_register(app: FastAPI) -> None:
    """The stand-in for the register of companies and its control API: absent where the real one is asked."""
    from api import register_simulator
    from services.company_register.simulator.app import attach

    attach(app)
    app.include_router(
        register_simulator.router, dependencies=[public("the simulated register only, for this machine")]
    )


def _add_simulated_stripe(app: FastAPI, configured: Settings) -> None:
    """The stand-in for Stripe with its pages and its control API: absent where a key is configured."""
    from api import billing_simulator
    from services.billing.simulator.app import attach

    attach(app, configured)
    app.include_router(billing_simulator.router, dependencies=[public("the simulated Stripe only, for this machine")])


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    configured: Settings = app.state.settings
    url = database_url(configured)
    app.state.database = database = Database(url, configured.database_pool_size, configured_keyring(configured))
    database.keyring()
    app.state.totals = totals = Totals(database)
    try:
        with tracing("api", database.engine, app=app):
            async with open_queue(url), totals.kept_up(), _simulated_channel(app, database, configured):
                yield
    finally:
        for name in ("platform_simulator", "chatwoot_simulator", "stripe_simulator"):
            if simulator := getattr(app.state, name, None):
                await simulator.close()
        if sessions := getattr(app.state, "sessions", None):
            await sessions.client.close()
            del app.state.sessions  # an application that starts again makes a new client
        await database.close()


@asynccontextmanager
async def _simulated_channel(app: FastAPI, database: Database, configured: Settings) -> AsyncIterator[None]:
    if not configured.simulated_channel:
        yield
        return
    starting = asyncio.create_task(_bootstrap(app, database, configured))
    try:
        yield
    finally:
        starting.cancel()
        await app.state.simulator.close()


async def _bootstrap(app: FastAPI, database: Database, configured: Settings) -> None:
    """Makes database and simulator agree as soon as the database is there and migrated; /health waits for it."""
    from services.billing.simulator.app import bootstrap as bootstrap_stripe
    from services.chatwoot.simulator.app import bootstrap as bootstrap_inbox
    from services.messaging.simulator.app import bootstrap

    while app.state.not_ready:
        if not (await check_health(database, configured.heartbeat_seconds)).reason:
            try:
                async with database.system() as session:
                    await bootstrap(session, app.state.simulator, configured)
                    if shared_inbox := getattr(app.state, "chatwoot_simulator", None):
                        await bootstrap_inbox(session, shared_inbox)
                    if stripe := getattr(app.state, "stripe_simulator", None):
                        await bootstrap_stripe(session, stripe)
                app.state.not_ready = None
                return
            except Exception as error:
                app.state.not_ready = f"The simulated channel cannot start: {error}"
                _log.exception("simulated_channel.failed")
        await asyncio.sleep(_RETRY_SECONDS)
