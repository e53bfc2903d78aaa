"""Deposits, situations, balances, credits and corrections of real quotes: numbers, ledger, rows."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.documents import service as documents
from services.documents.amendments import amendment_of
from services.documents.follow_ups import FollowUpRefused
from services.documents.totals import compute_totals
from services.documents.vat_rows import total_of
from tests.integration.documents.shop import line

YEAR = date.today().year


async def test_deposit_balance_and_ledger(shop):
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    assert deposit.number == f"FACT-{YEAR}-0001" and deposit.quote_number == quote.number
    assert (await shop.row(quote))["status"] == "accepted"
    account = await shop.account(quote)
    assert (account.contracted_total, account.invoiced_total) == (Decimal("1700.00"), Decimal("510.00"))
    assert [one.number for one in account.deposits] == [deposit.number]

    balance = await shop.issue(shop.follow("invoice", quote))
    row = await shop.row(balance)
    assert (row["type"], row["number"], row["amount_due"]) == ("balance", f"FACT-{YEAR}-0002", Decimal("1190.00"))
    account = await shop.account(quote)
    assert account.remaining == [] and account.invoiced_total == Decimal("1700.00")
    entries = await shop.rows("select entry, vat_rate, sum(base) b, sum(vat) v from ledger_entries group by 1, 2")
    assert {(e["entry"], e["vat_rate"], e["b"], e["v"]) for e in entries} == {
        ("contracted", Decimal(10), Decimal(1000), Decimal(100)),
        ("contracted", Decimal(20), Decimal(500), Decimal(100)),
        ("invoiced", Decimal(10), Decimal(1000), Decimal(100)),
        ("invoiced", Decimal(20), Decimal(500), Decimal(100)),
    }


async def test_the_stored_draft_follows_its_kind(shop):
    quote = await shop.quote()
    draft = await shop.show(shop.follow("invoice", quote))
    assert (await shop.row(draft))["type"] == "invoice"
    await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    async with shop.session() as session:
        with pytest.raises(FollowUpRefused, match="account_changed"):
            await shop.approve(draft, session)
    again = await shop.issue(draft)
    assert again.kind == "balance" and (await shop.row(draft))["type"] == "balance"


async def test_situations_and_retention(shop):
    quote = await shop.quote(retention_percent=Decimal(5))
    await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(20)))
    first = await shop.issue(shop.follow("progress", quote, progress_percent=Decimal(60)))
    row = await shop.row(first)
    assert (row["total"], row["retention"], row["amount_due"]) == (Decimal(1020), Decimal(51), Decimal(816))
    last = await shop.issue(shop.follow("balance", quote))
    assert (last.kind, last.progress_number) == ("balance", 2)
    account = await shop.account(quote)
    assert account.remaining == [] and account.contracted_total == Decimal("1700.00")


async def test_a_retention_agreed_on_a_situation_holds_to_the_balance(shop):
    quote = await shop.quote()
    first = shop.follow("progress", quote, progress_percent=Decimal(60), retention_percent=Decimal(5))
    await shop.issue(first)
    last = await shop.issue(shop.follow("balance", quote))
    assert (await shop.row(last))["retention"] == Decimal("34.00")


@pytest.mark.parametrize(("off_premises", "days"), [(None, 7), (False, 0)])
async def test_a_deposit_leaves_the_consumer_seven_days(shop, off_premises, days):
    """CCo L221-10: no payment before, where the contract may have been made at the client's."""
    quote = await shop.quote(off_premises=off_premises)
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30), due_days=0))
    assert deposit.due_date == shop.today + timedelta(days=days)


async def test_a_credit_note_has_its_own_series_and_cancels(shop):
    quote = await shop.quote()
    invoice = await shop.issue(shop.follow("invoice", quote))
    part = await shop.issue(shop.correct("credit_note", invoice, credit_percent=Decimal(10)))
    assert part.number == f"AVOIR-{YEAR}-0001" and part.corrects.number == invoice.number
    row = await shop.row(invoice)
    assert (row["credited_amount"], row["status"]) == (Decimal("170.00"), "issued")
    await shop.issue(shop.correct("credit_note", invoice))
    row = await shop.row(invoice)
    assert (row["credited_amount"], row["status"]) == (Decimal("1700.00"), "cancelled")
    account = await shop.account(quote)
    assert account.invoiced == [] and account.remaining_total == Decimal("1700.00")
    again = await shop.issue(shop.follow("invoice", quote))
    assert again.number == f"FACT-{YEAR}-0002"
    with pytest.raises(FollowUpRefused, match="original_cancelled"):
        await shop.show(shop.correct("credit_note", invoice))


async def test_order_of_taking_back(shop):
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    first = await shop.issue(shop.follow("progress", quote, progress_percent=Decimal(40)))
    await shop.issue(shop.follow("progress", quote, progress_percent=Decimal(70)))
    with pytest.raises(FollowUpRefused, match="deposit_deducted"):
        await shop.show(shop.correct("credit_note", deposit))
    with pytest.raises(FollowUpRefused, match="later_situation"):
        await shop.show(shop.correct("credit_note", first))


async def test_a_corrective_invoice_replaces_and_takes_the_money_over(shop):
    quote = await shop.quote()
    invoice = await shop.issue(shop.follow("invoice", quote))
    await shop.pay(invoice, "500", method="transfer")
    draft = await shop.show(shop.correct("corrective", invoice))
    draft.lines[0].unit_price = Decimal(900)
    corrective = await shop.issue(draft)
    old, new = await shop.row(invoice), await shop.row(corrective)
    assert (old["status"], old["paid_amount"]) == ("cancelled", 0)
    assert (new["type"], new["total"], new["paid_amount"], new["status"]) == (
        "corrective", Decimal("1590.00"), Decimal(500), "partially_paid",
    )  # fmt: skip
    account = await shop.account(quote)
    assert (account.invoiced_total, account.paid_total) == (Decimal("1590.00"), Decimal("500.00"))


async def test_amendments_and_acceptance(shop):
    quote = await shop.quote()
    async with shop.session() as session:
        accepted = await documents.accept(session, shop.id, quote.id, accepted_on=date(YEAR, 1, 2))
    row = await shop.row(quote)
    assert accepted.status == "accepted" and row["accepted_on"] == date(YEAR, 1, 2)
    assert (await shop.account(quote)).entered == {quote.id}
    accepted.lines[0].unit_price = Decimal(1)
    with pytest.raises(FollowUpRefused, match="quote_signed"):
        await shop.show(accepted)
    change = amendment_of(quote)
    change.lines = [line(1, "200", name="Plus-value"), line(2, "500", "20", quantity="-1", name="Faïence supprimée")]
    issued = await shop.issue(change)
    assert issued.number == f"DEVIS-{YEAR}-0002" and issued.amends.number == quote.number
    account = await shop.account(quote)
    assert account.contracted_total == Decimal("1320.00") and len(account.parts) == 2
    invoice = await shop.issue(shop.follow("invoice", quote))
    assert compute_totals(invoice).total == Decimal("1320.00")
    assert (await shop.account(quote)).remaining == []


async def test_nothing_is_invoiced_twice_at_the_same_time(shop):
    quote = await shop.quote()
    drafts = [await shop.show(shop.follow("deposit", quote, deposit_percent=Decimal(60))) for _ in range(2)]

    async def approve(draft):
        async with shop.session() as session:
            return await shop.approve(draft, session)

    results = await asyncio.gather(*map(approve, drafts), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Document", "FollowUpRefused"]
    numbers = await shop.rows("select number from invoices where number is not null")
    assert [row["number"] for row in numbers] == [f"FACT-{YEAR}-0001"]
    assert total_of((await shop.account(quote)).invoiced) == Decimal("1020.00")
