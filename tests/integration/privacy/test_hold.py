"""After its ten years a document goes with its file and all that hangs on it, and the chain still holds (C27)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import func, select

from db.models import (
    Approval,
    Client,
    DocumentVersion,
    Invoice,
    LedgerEntry,
    Organization,
    Payment,
    Quote,
    User,
    WhatsappMessage,
)
from db.repositories import documents as rows_of
from db.session import Database
from services.documents import events
from services.documents.chain_check import Report, verify_one
from services.privacy.sweep import Swept, sweep
from services.storage.service import Storage
from tests.integration.documents.shop import Shop
from tests.integration.privacy.test_erasure import carried_out, due

NOW = datetime.now(UTC)
AGED = {
    "quotes": "issue_date = issue_date - {0}, updated_at = updated_at - {0} where id = any(%(ids)s)",
    "invoices": "issue_date = issue_date - {0}, due_date = due_date - {0}, updated_at = updated_at - {0} "
    "where id = any(%(ids)s)",
    "payments": "paid_on = paid_on - {0}, created_at = created_at - {0} where invoice_id = any(%(ids)s)",
    "ledger_entries": "created_at = created_at - {0} where quote_id = any(%(ids)s)",
    "document_events": "created_at = created_at - {0} where document_id = any(%(ids)s)",
    "clients": "updated_at = updated_at - {0} where id in (select client_id from quotes where id = any(%(ids)s))",
    "whatsapp_messages": "sent_at = sent_at - {0} "
    "where id in (select inbound_message_id from approvals where document_id = any(%(ids)s))",
}


def age(database_url: str, *documents: Any, years: int = 12) -> None:
    """As if these documents were so many years older, with the database's own rules switched off."""
    with psycopg.connect(database_url) as connection:
        connection.execute("set local session_replication_role = replica")
        for table, change in AGED.items():
            statement = "update " + table + " set " + change.format(f"interval '{years} years'")
            connection.execute(statement.encode(), {"ids": [each.id for each in documents]})


async def filed(shop: Shop, files: Storage, document: Any) -> str:
    """Stores the document's PDF as the job does; its key."""
    async with shop.session() as session:
        row = await rows_of.get_row(session, shop.id, document.kind, document.id, lock=True)
        content = f"%PDF {row.number}".encode()
        await files.put(row.pdf_key, content)
        row.pdf_status, row.pdf_sha256 = "ready", hashlib.sha256(content).hexdigest()
        await events.pdf_stored(session, shop.id, row, pdf_sha256=row.pdf_sha256, xml_sha256=None)
        return str(row.pdf_key)


async def contract(shop: Shop) -> list[Any]:
    """A quote, a deposit of it that is paid, and a credit note on that."""
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    await shop.pay(deposit, "100")
    return [quote, deposit, await shop.issue(shop.correct("credit_note", deposit, credit_percent=Decimal(10)))]


async def count(database: Database, organization: Organization, model: Any) -> int:
    async with database.system() as session:
        query = select(func.count()).select_from(model).where(model.organization_id == organization.id)
        return int(await session.scalar(query) or 0)


async def verified(database: Database, organization: Organization, files: Storage) -> Report:
    async with database.system() as session:
        return await verify_one(session, files, organization.id, organization.name)


def ended(found: list[Swept]) -> dict[str, int]:
    return {each.where: each.count for each in found if each.data_class == "documents"}


async def test_what_is_old_goes_and_the_chain_holds(
    database: Database, database_url: str, organization: Organization, shop: Shop, files: Storage
) -> None:
    old = await contract(shop)
    gone = [await filed(shop, files, each) for each in old]
    young = await contract(shop)
    stays = await filed(shop, files, young[1])
    before = await verified(database, organization, files)
    age(database_url, *old)
    would = ended(await sweep(database, files, NOW, only=organization.id, dry_run=True))
    assert would == {"quotes": 1, "invoices": 2} and await count(database, organization, Quote) == 2
    went = ended(await sweep(database, files, NOW, only=organization.id))
    assert went | {"quotes": 1, "invoices": 2, "payments": 1, "approvals": 3, "files": 3} == went
    assert went["ledger_entries"] and went["document_versions"]
    kept = {Quote: 1, Invoice: 2, Payment: 1, Client: 1, Approval: 3, WhatsappMessage: 3}
    assert {model: await count(database, organization, model) for model in kept} == kept
    assert not [key for key in gone if await files.exists(key)] and await files.exists(stays)
    found = await verified(database, organization, files)
    assert found.breaks == []
    assert (found.ended, found.documents, found.events) == (3, 3, before.events + 3)
    with psycopg.connect(database_url) as connection:
        query = "select payload from document_events where organization_id = %s and document_id = any(%s)"
        told = [row[0] for row in connection.execute(query, (organization.id, [each.id for each in old]))]
    assert [text for text in told if text and "hold_ended" not in text] == []
    assert not ended(await sweep(database, files, NOW, only=organization.id)), "a second run finds nothing"
    another = await shop.issue(shop.follow("invoice", young[0]))
    assert int(another.number[-4:]) == int(young[1].number[-4:]) + 1, "numbers go on where they were"
    assert not (await verified(database, organization, files)).breaks


async def test_one_young_document_holds_those_that_belong_to_it(
    database: Database, database_url: str, organization: Organization, shop: Shop, files: Storage
) -> None:
    quote, deposit, credit = await contract(shop)
    age(database_url, quote, deposit)
    assert not ended(await sweep(database, files, NOW, only=organization.id)), "it was credited this year"
    age(database_url, credit, years=9)
    assert not ended(await sweep(database, files, NOW, only=organization.id))
    assert await count(database, organization, LedgerEntry)


async def test_the_database_counts_for_itself(
    database: Database, organization: Organization, shop: Shop, files: Storage
) -> None:
    await contract(shop)
    later = NOW + timedelta(days=365 * 13)
    assert ended(await sweep(database, files, later, only=organization.id, dry_run=True))
    assert not ended(await sweep(database, files, later, only=organization.id)), "no wrong clock deletes anything"
    assert await count(database, organization, Invoice) == 2 and await count(database, organization, Payment) == 1
    assert not (await verified(database, organization, files)).breaks


async def test_a_store_that_is_down_leaves_the_rows(
    database: Database,
    database_url: str,
    organization: Organization,
    shop: Shop,
    files: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = await contract(shop)
    key = await filed(shop, files, old[1])
    age(database_url, *old)

    async def down(*_: Any, **__: Any) -> None:
        raise ConnectionError("the store does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(files, "delete", down)
        assert not ended(await sweep(database, files, NOW, only=organization.id))
    assert await count(database, organization, Invoice) == 2 and await files.exists(key)
    assert ended(await sweep(database, files, NOW, only=organization.id))["files"] >= 1


async def test_of_an_erased_company_nobody_is_left(
    database: Database, database_url: str, organization: Organization, artisan: User, shop: Shop, files: Storage
) -> None:
    old = await contract(shop)
    age(database_url, *old)
    await carried_out(database, files, await due(database, organization, "tenant"))
    assert await count(database, organization, User) == 1, "he approved what was issued"
    went = ended(await sweep(database, files, NOW, only=organization.id))
    assert went["users"] == 1 and went["whatsapp_messages"] == 3 and went["clients"] == 1
    for model in (Quote, Invoice, Client, User, WhatsappMessage, DocumentVersion):
        assert not await count(database, organization, model), model
    assert not (await verified(database, organization, files)).breaks


WORDLESS = "update document_events set payload = '' where organization_id = %s and event = 'invoice_issued'"


async def test_only_old_events_lose_their_words(database_url: str, organization: Organization, shop: Shop) -> None:
    await contract(shop)
    with psycopg.connect(database_url) as connection, pytest.raises(CheckViolation, match="only ever added to"):
        connection.execute(WORDLESS, (organization.id,))


async def test_words_that_went_without_their_time_are_found(
    database: Database, database_url: str, organization: Organization, shop: Shop, files: Storage
) -> None:
    quote, *_ = await contract(shop)
    with psycopg.connect(database_url) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute(WORDLESS, (organization.id,))
    assert "payload_changed" in {each.code for each in (await verified(database, organization, files)).breaks}
    async with shop.session() as session:
        facts = {"number": quote.number, "last": "2000-01-01", "events": [1]}
        await events.append(session, shop.id, "hold_ended", kind="quote", document_id=quote.id, facts=facts)
    codes = {each.code for each in (await verified(database, organization, files)).breaks}
    assert {"hold_unfounded", "hold_unfinished"} <= codes
