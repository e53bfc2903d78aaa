"""The files that were sent for a document, listed with links that open them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from api.app import create_app
from db.models import Conversation, Organization, User, WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.session import Database
from db.settings import settings
from services.attachments import jobs
from services.attachments.schemas import Seen
from services.documents import service as documents
from services.storage.service import storage


@pytest.fixture
async def admin(database: Database, admin_headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings())
    app.state.database = database
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta.test", headers=admin_headers) as client:
        yield client


async def test_a_photo_stays_with_its_document(
    admin: httpx.AsyncClient,
    database: Database,
    organization: Organization,
    artisan: User,
    assistant_account: WhatsappAccount,
) -> None:
    chat = WhatsappChat(
        id=new_id(), organization_id=organization.id, account_id=assistant_account.id, user_id=artisan.id,
        provider_chat_id=str(new_id()), purpose="command",
    )  # fmt: skip
    draft, run = documents.new_document("quote"), new_id()
    key = f"org/{organization.id}/attachments/{new_id()}/0.jpg"
    await storage().put(key, b"\xff\xd8\xff", "image/jpeg")
    message = WhatsappMessage(
        id=new_id(), organization_id=organization.id, account_id=assistant_account.id, chat_id=chat.id,
        provider_message_id=str(new_id()), direction="inbound", type="image", sent_at=datetime.now(UTC), is_forwarded=False,
        attachments=[{"id": "1", "type": "img"}], details={"seen": Seen(outcome="site", keys=[key]).model_dump(mode="json")},
    )  # fmt: skip
    async with database.system() as session:
        session.add(chat)
        await documents.save(session, organization.id, draft, user_id=artisan.id)
        await session.flush()
        session.add(
            Conversation(
                id=run,
                organization_id=organization.id,
                user_id=artisan.id,
                chat_id=chat.id,
                workflow="quote",
                status="active",
                language="fr",
                quote_id=draft.id,
            )
        )
        session.add(message)
        await session.flush()
        await jobs.keep_for(session, organization.id, chat.id, [message.id], run)
    for _ in range(2):  # the job may run twice
        await jobs.keep_attachments.func(organization_id=str(organization.id), message_ids=[str(message.id)])
    await storage().delete(key)  # the week of the cache is over

    listed = await admin.get(f"/api/v1/organizations/{organization.id}/quotes/{draft.id}/attachments")
    (found,) = listed.json()
    assert (found["outcome"], found["lines"]) == ("site", 0)
    opened = await admin.get(found["url"], headers={"Authorization": ""})
    assert (opened.status_code, opened.content) == (200, b"\xff\xd8\xff")
    assert opened.headers["content-type"] == "image/jpeg"
