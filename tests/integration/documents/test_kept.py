"""What was issued cannot be deleted or changed, through any door of the database or the storage."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from decimal import Decimal

import psycopg
import pytest

from services.documents import events
from services.storage.service import Kept, Storage

DOORS = ["usta_app", "usta_system", "superuser"]


@pytest.fixture
async def issued(shop):
    """A quote, an invoice of it in part credited and paid."""
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    await shop.issue(shop.correct("credit_note", deposit, credit_percent=Decimal(10)))
    await shop.pay(deposit, "100")
    return {"quote": quote, "invoice": deposit}


@contextmanager
def door(database_url, role, organization_id):
    with psycopg.connect(database_url) as connection:
        if role != "superuser":
            connection.execute(
                "select set_config('role', %s, true), set_config('app.organization_id', %s, true)",
                (role, str(organization_id)),
            )
        yield connection
        connection.rollback()


STATEMENTS = [
    "delete from invoices where id = %(invoice)s",
    "delete from quotes where id = %(quote)s",
    "delete from invoice_items where invoice_id = %(invoice)s",
    "delete from payments where invoice_id = %(invoice)s",
    "delete from ledger_entries where quote_id = %(quote)s",
    "delete from document_events where organization_id = %(organization)s",
    "delete from organizations where id = %(organization)s",
    "update invoices set number = null where id = %(invoice)s",
    "update invoices set status = 'draft' where id = %(invoice)s",
    "update invoices set amount_due = amount_due - 1 where id = %(invoice)s",
    "update invoices set snapshot = '{}' where id = %(invoice)s",
    "update invoices set paid_amount = amount_due + 1 where id = %(invoice)s",
    "update invoices set credited_amount = -1 where id = %(invoice)s",
    "update invoice_items set description = 'x' where invoice_id = %(invoice)s",
    "update quotes set number = null where id = %(quote)s",
    "update quotes set snapshot = '{}' where id = %(quote)s",
    "update quotes set total = 1 where id = %(quote)s",
    "update payments set amount = 1 where invoice_id = %(invoice)s",
    "update ledger_entries set base = 0 where quote_id = %(quote)s",
    "update document_events set payload = '{}' where organization_id = %(organization)s",
    "truncate invoices cascade",
    "truncate quotes cascade",
    "truncate invoice_items",
    "truncate payments cascade",
    "truncate ledger_entries",
    "truncate document_events",
    "truncate organizations cascade",
]


@pytest.mark.parametrize("role", DOORS)
async def test_every_door_is_shut(shop, issued, database_url, role):
    values = {"invoice": issued["invoice"].id, "quote": issued["quote"].id, "organization": shop.id}
    refused = (psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
    for statement in STATEMENTS:
        with door(database_url, role, shop.id) as connection, pytest.raises(refused):
            connection.execute(statement, values)
            connection.execute("set constraints all immediate")
            pytest.fail(f"{role}: {statement}")


ENTRY = (
    "insert into ledger_entries (id, organization_id, quote_id, entry, document_kind, document_id, vat_category,"
    " vat_rate, base, vat) values (gen_random_uuid(), %(organization)s, %(quote)s, %(entry)s, 'invoice', %(invoice)s,"
    " 'S', 10, %(base)s, 0)"
)


@pytest.mark.parametrize("role", DOORS)
@pytest.mark.parametrize(
    ("entry", "base"), [("invoiced", "1300"), ("invoiced", "-600"), ("paid", "-200"), ("contracted", "-1400")]
)
async def test_the_ledger_stays_balanced(shop, issued, database_url, role, entry, base):
    values = {"invoice": issued["invoice"].id, "quote": issued["quote"].id, "organization": shop.id}
    with door(database_url, role, shop.id) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(ENTRY, {**values, "entry": entry, "base": base})
        connection.commit()


async def test_two_transactions_cannot_invoice_the_same_work(shop, issued, database_url):
    """Each alone is within the contract; the second to commit sees the first."""
    values = {"invoice": issued["invoice"].id, "quote": issued["quote"].id, "organization": shop.id}
    outcomes, both = [], threading.Barrier(2)

    def invoice():
        with psycopg.connect(database_url) as connection:
            connection.execute(ENTRY, {**values, "entry": "invoiced", "base": "700"})
            both.wait()
            try:
                connection.commit()
                outcomes.append("kept")
            except psycopg.errors.CheckViolation:
                outcomes.append("refused")

    threads = [threading.Thread(target=invoice) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "refused"]


@pytest.mark.parametrize("role", DOORS)
async def test_the_chain_takes_only_what_continues_it(shop, issued, database_url, role):
    statement = (
        "insert into document_events (organization_id, sequence, event, document_kind, document_id, payload,"
        " previous_hash, hash) values (%(organization)s, %(sequence)s, 'pdf_stored', 'invoice', %(invoice)s, '{}',"
        " %(previous)s, %(hash)s)"
    )
    with psycopg.connect(database_url) as connection:
        last, head = connection.execute(
            "select sequence, hash from document_events where organization_id = %s order by sequence desc limit 1",
            (shop.id,),
        ).fetchone()
    wrong = [(last + 2, head, events.link(head, "{}")), (last + 1, "0" * 64, events.link("0" * 64, "{}"))]
    for sequence, previous, own in [*wrong, (last + 1, head, "f" * 64), (last, head, events.link(head, "{}"))]:
        values = {"organization": shop.id, "invoice": issued["invoice"].id}
        with door(database_url, role, shop.id) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(statement, {**values, "sequence": sequence, "previous": previous, "hash": own})


async def test_files_of_issued_documents_are_kept(tmp_path):
    store = Storage(str(tmp_path))
    for key in ("org/a/invoices/2026/FACT-2026-0001.pdf", "org/a/quotes/2026/DEVIS-2026-0001-v2.pdf"):
        await store.put(key, b"%PDF")
        with pytest.raises(Kept):
            await store.delete(key)
        assert await store.exists(key)
