"""C06, C07: numbers are given at issue, one after another, whatever fails or runs beside."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from db.models import WhatsappChat, WhatsappMessage
from db.models.base import new_id
from services.accounts.service import seller_of
from services.clients import service as clients
from services.clients.schemas import ClientFields
from services.documents import service as documents
from services.documents.drafts import LineSpec, add_line, apply_vat
from services.documents.numbering import continue_after


class Boom(Exception):
    pass


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


async def issue_one(database, organization, chat, kind, *, fail=False):
    """A draft shown, then approved by a later message and issued, in transactions as turns make them."""
    async with database.tenant(organization.id) as session:
        fields = ClientFields(name="Petit", address="1 rue des Lilas, 69003 Lyon")
        client = await clients.create(session, organization.id, fields, created_by=None)
        await session.flush()
        document = documents.new_document(kind)
        document.buyer = clients.buyer(client)
        spec = LineSpec(description="dépannage", unit_price="150")
        add_line(document, spec, language="fr", default_mode="ht")
        apply_vat(document, seller_of(organization), organization.default_vat_rate, date.today())
        await documents.save(session, organization.id, document)
        await documents.mark_shown(session, organization.id, document)
    async with database.tenant(organization.id) as session:
        message = WhatsappMessage(
            id=new_id(),
            organization_id=organization.id,
            account_id=chat.account_id,
            chat_id=chat.id,
            provider_message_id=str(new_id()),
            direction="inbound",
            text="ok",
            sent_at=datetime.now(UTC) + timedelta(seconds=1),
        )
        session.add(message)
        await session.flush()
        await documents.issue(
            session,
            organization.id,
            document,
            seller_of(organization),
            word=message.id,
            now=datetime.now(UTC),
        )
        if fail:
            raise Boom
    return document.number


@pytest.mark.parametrize(("kind", "series"), [("quote", "DEVIS"), ("invoice", "FACT")])
async def test_numbers_are_gapless_beside_failures(database, organization, chat, kind, series):
    runs = [issue_one(database, organization, chat, kind, fail=number % 3 == 0) for number in range(15)]
    results = await asyncio.gather(*runs, return_exceptions=True)
    assert sum(isinstance(result, Boom) for result in results) == 5
    numbers = sorted(result for result in results if isinstance(result, str))
    year = date.today().year
    assert numbers == [f"{series}-{year}-{number:04d}" for number in range(1, 11)]


async def test_each_company_and_year_counts_for_itself(database, organization, chat):
    async with database.tenant(organization.id) as session:
        await continue_after(session, organization.id, "DEVIS-2025-0417")
        await continue_after(session, organization.id, f"DEVIS-{date.today().year}-0041")
        await continue_after(session, organization.id, "D-99")
    assert await issue_one(database, organization, chat, "quote") == f"DEVIS-{date.today().year}-0042"


async def test_issuing_twice_gives_one_number(database, organization, chat):
    await issue_one(database, organization, chat, "quote")
    async with database.tenant(organization.id) as session:
        row = (await session.execute(text("select id, number, version from quotes"))).one()
        document = await documents.load(session, organization.id, "quote", row.id)
        message = await session.scalar(text("select id from whatsapp_messages limit 1"))
        again = await documents.issue(
            session, organization.id, document, seller_of(organization), word=message, now=datetime.now(UTC)
        )
    assert again.number == row.number
