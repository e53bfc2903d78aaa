"""/health, /metrics and the identity of a request, on the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import structlog
from psycopg import sql
from sqlalchemy import text

from api import request_log
from api.app import create_app
from db.encryption import Keyring, NoEncryptionKeys, configured_keyring
from db.models import User, WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.queue import defer
from db.repositories.accounts import add_log
from db.revision import head
from db.session import Database
from db.settings import Settings, settings


def settings_of(url: str, home: Path) -> Settings:
    # A configured channel: the simulator has tests of its own.
    return Settings(DATABASE_URL=url, USTA_HOME=home, UNIPILE_DSN="127.0.0.1:9", UNIPILE_API_KEY="k")  # type: ignore[call-arg]


async def client_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://usta") as client,
    ):
        yield client


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(settings_of(database_url, tmp_path)):
        yield client


@pytest.fixture
def empty_database_url(database_server: str) -> Iterator[str]:
    """A database that was never migrated."""
    name = sql.Identifier("never_migrated")
    with psycopg.connect(database_server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(name))
        yield database_server.replace("/postgres?", "/never_migrated?")
        connection.execute(sql.SQL("drop database {} with (force)").format(name))


async def test_healthy_when_migrated(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    found = answer.json()
    states = {name: each["state"] for name, each in found.pop("dependencies").items()}
    assert found == {"status": "ok", "reason": None, "revision": head(), "workers": 0, "channel": "unipile"}
    assert states == {
        "database": "ok",
        "migrations": "ok",
        "encryption": "ok",
        "workers": "degraded",
        "queue": "ok",
        "storage": "ok",
        "channel": "down",
        "model": "off",
        "limits": "off",
    }
    assert (await client.get("/health/ready")).status_code == 200


async def test_without_keys_nothing_starts_and_health_says_so(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENCRYPTION_KEYS")
    app = create_app(settings_of(database_url, tmp_path))
    with pytest.raises(NoEncryptionKeys, match="ENCRYPTION_KEYS is not set"):
        async with app.router.lifespan_context(app):
            pass
    app.state.database = Database(database_url, 1, configured_keyring(app.state.settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta") as client:
        found = (await client.get("/health")).json()["dependencies"]["encryption"]
    await app.state.database.close()
    assert found["state"] == "down" and "no keys are configured" in found["detail"]


async def test_health_tells_that_a_key_is_gone(
    database: Database, database_url: str, artisan: User, assistant_account: WhatsappAccount, tmp_path: Path
) -> None:
    sealing = Database(database_url, 1, lambda: Keyring({"gone": b"k" * 32}))
    chat = WhatsappChat(
        organization_id=artisan.organization_id, account_id=assistant_account.id, user_id=artisan.id,
        provider_chat_id=str(new_id()), purpose="command",
    )  # fmt: skip
    async with sealing.system() as session:
        session.add(chat)
        await session.flush()
        now = datetime.now(UTC)
        message = WhatsappMessage(
            organization_id=artisan.organization_id, account_id=assistant_account.id, chat_id=chat.id, direction="inbound",
            provider_message_id=str(new_id()), text="devis", sent_at=now, received_at=now, processing_status="processed",
        )  # fmt: skip
        session.add(message)
    await sealing.close()
    async for client in client_of(settings_of(database_url, tmp_path)):
        answer = await client.get("/health")
    found = answer.json()["dependencies"]["encryption"]
    assert answer.status_code == 200 and found["state"] == "down" and "not configured" in found["detail"]
    async with database.system() as session:
        await session.execute(text("delete from whatsapp_messages where id = :id"), {"id": message.id})


async def test_not_healthy_before_the_migration(empty_database_url: str, tmp_path: Path) -> None:
    async for client in client_of(settings_of(empty_database_url, tmp_path)):
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert "usta migrate" in answer.json()["reason"]
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/health/live")).status_code == 200


async def test_code_of_before_serves_on_a_newer_schema(client: httpx.AsyncClient, database_url: str) -> None:
    """While a deployment rolls, the database is migrated and processes of the version before still answer (R295)."""
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    try:
        assert (await client.get("/health/ready")).status_code == 200
    finally:
        with psycopg.connect(database_url) as connection:
            connection.execute("update alembic_version set version_num = %s", (head(),))


async def test_what_is_not_well_is_named(client: httpx.AsyncClient, database: Database, assistant_account: Any) -> None:
    async with database.system() as session:
        await defer(session, "nothing_does_this", schedule_at=datetime.now(UTC) - timedelta(minutes=5))
        add_log(session, None, "storage.down", "The object store does not answer.")
    answer = await client.get("/health")
    assert answer.status_code == 200, "messages are taken all the same"
    states = {name: each["state"] for name, each in answer.json()["dependencies"].items()}
    assert (states["queue"], states["storage"], states["channel"]) == ("degraded", "degraded", "ok")


async def test_not_healthy_without_a_database(tmp_path: Path) -> None:
    async for client in client_of(settings_of("postgresql://u:p@127.0.0.1:9/usta", tmp_path)):
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert "does not answer" in answer.json()["reason"]
        assert answer.json()["dependencies"]["database"]["state"] == "down"
        assert "u:p" not in answer.text


async def test_metrics_tell_requests_and_workers(client: httpx.AsyncClient) -> None:
    await client.get("/health")
    await client.get("/nowhere/1")
    page = (await client.get("/metrics")).text
    assert 'usta_http_request_seconds_count{method="GET",route="/health",status="200"}' in page
    assert 'route="unmatched",status="404"' in page
    assert "usta_workers 0.0" in page


async def test_a_caller_keeps_the_identity_of_its_request(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"X-Request-ID": "order-7"})
    assert answer.headers["x-request-id"] == "order-7"


@pytest.mark.parametrize("identity", ["", "two words", "x" * 65, "é"])
async def test_an_unusable_identity_is_replaced(client: httpx.AsyncClient, identity: str) -> None:
    answer = await client.get("/health", headers={"X-Request-ID": identity.encode()})
    assert answer.headers["x-request-id"] not in ("", identity)


async def test_an_error_carries_the_identity_of_its_request(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-ID": "order-8"})
    assert answer.status_code == 404
    assert answer.json()["requestId"] == "order-8"


async def test_the_simulator_is_absent_on_a_real_channel(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "/webhooks/unipile/messages" in paths
    assert not [path for path in paths if path.startswith(("/simulator", "/demo"))]


async def test_a_request_of_somebody_says_whose_it_is(
    database: Database, organization: Any, admin_headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings())
    app.state.database = database
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(
        request_log._log, "info", lambda event, **values: lines.append(structlog.contextvars.get_contextvars() | values)
    )
    path = f"/api/v1/organizations/{organization.id}/clients"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://usta") as client:
        await client.get(path, headers={**admin_headers, "X-Request-ID": "order-9"})
        await client.get("/nowhere")
    mine, nobodys = lines
    assert (mine["request_id"], mine["organization_id"], mine["path"]) == ("order-9", str(organization.id), path)
    assert "organization_id" not in nobodys
