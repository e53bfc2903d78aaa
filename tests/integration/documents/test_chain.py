"""The chain of events: everything that could be tampered with is seen."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text

from db.repositories import documents as repository
from services.documents import events
from services.documents.chain_check import verify_one
from services.storage.keys import place_of
from services.storage.service import Storage

YEAR = date.today().year


@pytest.fixture
def storage(tmp_path) -> Storage:
    return Storage(str(tmp_path))


@pytest.fixture
async def issued(shop, storage):
    """A quote with a deposit that was paid in part, and their files."""
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    invoice = await shop.issue(shop.follow("invoice", quote))
    await shop.pay(deposit, "100", method="cheque")
    for document in (quote, deposit, invoice):
        async with shop.session() as session:
            row = await repository.get_row(session, shop.id, document.kind, document.id, lock=True)
            content = f"%PDF {row.number}".encode()
            await storage.put(row.pdf_key, content)
            row.pdf_status, row.pdf_sha256 = "ready", hashlib.sha256(content).hexdigest()
            await events.pdf_stored(session, shop.id, row, pdf_sha256=row.pdf_sha256, xml_sha256=None)
    return {"quote": quote, "deposit": deposit, "invoice": invoice}


async def report(shop, storage):
    async with shop.database.system() as session:
        return await verify_one(session, storage, shop.id, "KB")


def tamper(database_url, statement, **values):
    """Changes something as a superuser with the database's own rules switched off."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        changed = connection.execute(statement, values)
        assert changed.rowcount


async def codes(shop, storage):
    return [one.code for one in (await report(shop, storage)).breaks]


async def test_an_untouched_chain_holds(shop, storage, issued):
    found = await report(shop, storage)
    assert found.breaks == []
    assert (found.events, found.documents, found.payments, found.files) == (7, 3, 1, 3)
    assert len(found.head) == 64 and found.as_json()["head"] == found.head


MINE = " where organization_id = %(organization)s"
DEPOSIT = MINE + " and type = 'deposit'"
NOTED = "set snapshot = jsonb_set(snapshot, '{document,notes}', '[\"x\"]')"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update document_events set payload = replace(payload, '510', '5')" + MINE + " and sequence = 2", "payload_changed"),
        ("delete from document_events" + MINE + " and sequence = 3", "event_missing"),
        ("delete from document_events" + MINE + " and sequence = 1", "event_missing"),
        ("update invoices " + NOTED + DEPOSIT, "content_changed"),
        ("update quotes " + NOTED + MINE, "content_changed"),
        ("update invoices set total = total - 1" + MINE + " and type = 'deposit'", "row_changed"),
        ("update invoices set due_date = due_date + 30" + MINE + " and type = 'balance'", "row_changed"),
        ("update invoices set number = 'FACT-2020-0001'" + MINE + " and type = 'balance'", "row_changed"),
        ("delete from invoices" + MINE + " and type = 'deposit'", "document_missing"),
        ("delete from invoices" + MINE + " and type = 'balance'", "number_missing"),
        ("update payments set amount = 10" + MINE, "payment_changed"),
        ("delete from payments" + MINE, "payment_missing"),
        ("update invoices set paid_amount = 0" + MINE + " and type = 'deposit'", "settlement_differs"),
        ("update document_counters set last_number = last_number + 1" + MINE + " and series = 'FACT'", "number_missing"),
    ],
)  # fmt: skip
async def test_tampering_is_seen(shop, storage, issued, database_url, statement, code):
    tamper(database_url, statement, organization=shop.id)
    found = await codes(shop, storage)
    assert code in found, found


async def test_the_last_event_cannot_be_dropped(shop, storage, issued, database_url):
    tamper(database_url, "delete from document_events" + MINE + " and sequence = 7", organization=shop.id)
    assert await codes(shop, storage) == ["event_missing"]


async def test_a_chain_written_anew_from_a_point_on_is_seen(shop, storage, issued, database_url):
    """Payload and hash exchanged together: the next event does not continue it."""
    payload = '{"event":"forged"}'
    async with shop.session() as session:
        previous = await session.scalar(text("select previous_hash from document_events where sequence = 2"))
    tamper(
        database_url,
        "update document_events set payload = %(payload)s, hash = %(hash)s" + MINE + " and sequence = 2",
        organization=shop.id,
        payload=payload,
        hash=events.link(previous, payload),
    )
    assert "link_broken" in await codes(shop, storage)


async def test_files_are_read_again(shop, storage, issued):
    row = await shop.row(issued["deposit"])
    await storage.put(row["pdf_key"], b"%PDF another")
    assert await codes(shop, storage) == ["file_changed"]
    store = await storage._store()
    await store.remove(store.path(place_of(row["pdf_key"])))
    found = (await report(shop, storage)).breaks
    assert [(one.code, one.number) for one in found] == [("file_missing", f"FACT-{YEAR}-0001")]


async def test_a_rollback_leaves_neither_gap_nor_event(shop, storage, issued):
    draft = await shop.show(shop.correct("credit_note", issued["invoice"]))
    with pytest.raises(ZeroDivisionError):
        async with shop.session() as session:
            await shop.approve(draft, session)
            raise ZeroDivisionError
    assert await codes(shop, storage) == []
    again = await shop.issue(draft)
    assert again.number == f"AVOIR-{YEAR}-0001"
    assert await codes(shop, storage) == []
