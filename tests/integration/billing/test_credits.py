"""A refund at Stripe becomes a printed credit note of our invoice; what is refunded twice or of nothing makes none."""

from __future__ import annotations

from io import BytesIO

import pytest
import stripe
from pypdf import PdfReader
from sqlalchemy import select

from db.models import SubscriptionInvoice
from db.settings import settings
from evals.billing.life import DEAR, World
from services.billing import credits, invoices, jobs
from services.documents.rendering import render_snapshot
from tests.office import member_headers


async def test_a_refund_is_a_credit_note_that_names_its_invoice(world: World) -> None:
    await world.subscribe(world.dear, DEAR)
    world.days(15)
    await world.refund(world.dear, 2001)
    assert await credits.credit_refunds(world.database, world.stripe, settings()) == [], "its invoice has no number yet"
    (invoice,) = await invoices.number_paid(world.database, world.stripe, settings(), grace=jobs.grace())
    (number,) = await credits.credit_refunds(world.database, world.stripe, settings())
    assert number == "ABO-AV-2027-0001"
    assert await credits.credit_refunds(world.database, world.stripe, settings()) == [], "once"
    with pytest.raises(stripe.InvalidRequestError):
        await world.refund(world.dear, 99_999)

    async with world.database.system() as session:
        row = (await session.scalars(select(SubscriptionInvoice).where(SubscriptionInvoice.number == number))).one()
    text = " ".join(PdfReader(BytesIO(render_snapshot(row.snapshot or {}))).pages[0].extract_text().split())
    for words in ("Avoir", number, invoice, "16,67", "3,34", "20,01", "Remboursé le"):
        assert words in text, (words, text)
    assert "Facture acquittée" not in text and "indemnité" not in text.lower()

    owner = await member_headers(world.database, world.dear, "OWNER")
    listed = await world.http.get(f"/api/v1/organizations/{world.dear}/subscription/invoices", headers=owner)
    by_number = {each["number"]: each for each in listed.json()["data"]}
    assert by_number[number]["credits_id"] == by_number[invoice]["id"] and by_number[invoice]["credits_id"] is None
    await world.refund(world.dear)
    await credits.credit_refunds(world.database, world.stripe, settings())
    async with world.database.system() as session:
        rows = await session.scalars(
            select(SubscriptionInvoice).where(SubscriptionInvoice.credits_id == row.credits_id)
        )
        found = rows.all()
        whole = await session.get_one(SubscriptionInvoice, row.credits_id)
    assert (
        sum(each.total for each in found) == whole.total and sum(each.vat_amount for each in found) == whole.vat_amount
    )
