"""A company with a past: messages, a run with its turn, documents, a client's chat, files; and the API over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from db.models import (
    Organization,
    User,
    WhatsappAccount,
    WhatsappChat,
)
from db.models.base import new_id
from db.session import Database
from db.settings import settings
from services.storage.service import Storage
from tests.integration.documents.shop import Shop
from tests.integration.privacy.past import Past


@pytest.fixture
async def chat(
    database: Database, organization: Organization, artisan: User, assistant_account: WhatsappAccount
) -> WhatsappChat:
    """The chat in which the owner gives his orders."""
    row = WhatsappChat(
        id=new_id(),
        organization_id=organization.id,
        account_id=assistant_account.id,
        user_id=artisan.id,
        provider_chat_id=f"chat-{artisan.id}",
        attendee_phone=artisan.whatsapp_phone,
        purpose="command",
    )
    async with database.system() as session:
        session.add(row)
    return row


@pytest.fixture
async def shop(database: Database, organization: Organization, chat: WhatsappChat) -> Shop:
    return Shop(database, organization, chat)


@pytest.fixture
def files(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "files"))


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings().model_copy(update={"log_level": "CRITICAL"}))
    app.state.database = database
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta") as client:
        yield client


@pytest.fixture
async def past(database: Database, organization: Organization, artisan: User, chat: WhatsappChat) -> Past:
    return Past(database, organization, artisan, chat)
