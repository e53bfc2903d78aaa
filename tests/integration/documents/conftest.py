"""A company with a chat in which documents are approved."""

from __future__ import annotations

import pytest

from db.models import WhatsappChat
from db.models.base import new_id
from tests.integration.documents.shop import Shop


@pytest.fixture
async def chat(database, organization, artisan, assistant_account):
    row = WhatsappChat(
        id=new_id(),
        organization_id=organization.id,
        account_id=assistant_account.id,
        user_id=artisan.id,
        provider_chat_id=f"chat-{artisan.id}",
        purpose="command",
    )
    async with database.system() as session:
        session.add(row)
    return row


@pytest.fixture
async def shop(database, organization, chat) -> Shop:
    return Shop(database, organization, chat)
