"""Money for invoices: parts, cash, counter-entries, the retention guarantee, and who owes what."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.documents import payments
from services.documents.lookup import list_documents
from services.documents.payments import PaymentRefused
from services.documents.vat_rows import total_of

TODAY = date.today()


async def owed(shop, status="unpaid", today=TODAY):
    async with shop.session() as session:
        found = await list_documents(session, shop.id, today=today, status=status)
    return {item.number: item.balance for item in found}


async def test_in_parts_until_it_is_settled(shop):
    quote = await shop.quote()
    invoice = await shop.issue(shop.follow("invoice", quote))
    assert await owed(shop) == {invoice.number: Decimal("1700.00")}
    first = await shop.pay(invoice, "500", method="transfer", reference="VIR 12")
    assert (first.balance, (await shop.row(invoice))["status"]) == (Decimal("1200.00"), "partially_paid")
    rest = await shop.pay(invoice)
    assert (rest.amount, rest.balance) == (Decimal("1200.00"), 0)
    assert (await shop.row(invoice))["status"] == "paid" and await owed(shop) == {}
    account = await shop.account(quote)
    assert account.paid == account.invoiced and account.unpaid_total == 0
    with pytest.raises(PaymentRefused, match="already_paid"):
        await shop.pay(invoice, "1")
    rows = await shop.rows("select event, payload from document_events order by sequence")
    assert [row["event"] for row in rows][-2:] == ["payment_recorded"] * 2 and '"method":"transfer"' in rows[-2][
        "payload"
    ]


@pytest.mark.parametrize(("amount", "values", "code"), [
    ("1700.01", {}, "payment_too_large"), ("0", {}, "payment_too_large"), ("-5", {}, "payment_too_large"),
    ("5", {"today": TODAY - timedelta(days=1)}, "in_the_future"),
])  # fmt: skip
async def test_refusals(shop, amount, values, code):
    invoice = await shop.issue(shop.follow("invoice", await shop.quote()))
    with pytest.raises(PaymentRefused, match=code):
        await shop.pay(invoice, amount, **values)


async def test_more_than_a_thousand_in_cash_is_said(shop):
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    balance = await shop.issue(shop.follow("invoice", quote))
    assert not (await shop.pay(deposit, "510", method="cash")).cash_limit_exceeded
    assert not (await shop.pay(balance, "490", method="cash")).cash_limit_exceeded
    assert not (await shop.pay(balance, "100", method="card")).cash_limit_exceeded
    last = await shop.pay(balance, "0.01", method="cash")
    assert last.cash_limit_exceeded and last.cash == Decimal("1000.01")


async def test_a_wrong_payment_is_taken_back(shop):
    quote = await shop.quote()
    invoice = await shop.issue(shop.follow("invoice", quote))
    paid = await shop.pay(invoice, "333.33", method="cheque")
    async with shop.session() as session:
        back = await payments.reverse(session, shop.id, paid.payment_id, today=TODAY)
    assert (back.amount, back.balance) == (Decimal("-333.33"), Decimal("1700.00"))
    row = await shop.row(invoice)
    assert (row["paid_amount"], row["status"]) == (0, "issued")
    assert total_of((await shop.account(quote)).paid) == 0
    for payment_id, code in ((paid.payment_id, "already_reversed"), (back.payment_id, "payment_unknown")):
        with pytest.raises(PaymentRefused, match=code):
            async with shop.session() as session:
                await payments.reverse(session, shop.id, payment_id, today=TODAY)
    async with shop.session() as session:
        assert await payments.last_payment(session, shop.id, invoice.id) is None


async def test_a_retention_is_not_owed_before_its_release(shop):
    quote = await shop.quote(retention_percent=Decimal(5))
    invoice = await shop.issue(shop.follow("invoice", quote))
    assert await owed(shop) == {invoice.number: Decimal("1615.00")}
    paid = await shop.pay(invoice)
    assert (paid.amount, paid.balance, paid.retained) == (Decimal("1615.00"), 0, Decimal("85.00"))
    assert await owed(shop) == {} and (await shop.row(invoice))["status"] == "partially_paid"
    async with shop.session() as session:
        assert await payments.release_retention(session, shop.id, invoice.id, released_on=TODAY) == Decimal("85.00")
    assert await owed(shop) == {invoice.number: Decimal("85.00")}
    with pytest.raises(PaymentRefused, match="no_retention"):
        async with shop.session() as session:
            await payments.release_retention(session, shop.id, invoice.id, released_on=TODAY)
    await shop.pay(invoice)
    assert (await shop.row(invoice))["status"] == "paid"


async def test_who_owes_counts_credits_and_leaves_credit_notes_out(shop):
    quote = await shop.quote()
    deposit = await shop.issue(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    situation = await shop.issue(shop.follow("progress", quote, progress_percent=Decimal(50)))
    await shop.issue(shop.correct("credit_note", situation, credit_amount=Decimal(95)))
    assert await owed(shop) == {deposit.number: Decimal("510.00"), situation.number: Decimal("500.00")}
    late = TODAY + timedelta(days=40)
    assert set(await owed(shop, "overdue", late)) == {deposit.number, situation.number}
    await shop.issue(shop.correct("credit_note", situation))
    assert set(await owed(shop)) == {deposit.number}


async def test_nothing_is_paid_for_a_credit_note_or_a_cancelled_invoice(shop):
    invoice = await shop.issue(shop.follow("invoice", await shop.quote()))
    credit = await shop.issue(shop.correct("credit_note", invoice))
    for document in (invoice, credit):
        with pytest.raises(PaymentRefused, match="not_payable"):
            await shop.pay(document, "5")
