"""Rows of e-reporting are written with the invoice and the payment, and add up per period."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from typer.testing import CliRunner

from services.clients.schemas import ClientFields
from services.einvoicing.ereporting import report
from services.einvoicing.preferences import change
from tests.integration.einvoicing.conftest import House

D = Decimal
GARANCE = ClientFields(name="Mme Garance", address="3 rue Pasteur, 69003 Lyon")


async def test_sales_and_payments_of_a_month(house: House) -> None:
    today = date.today()
    first = await house.invoice(client=GARANCE, price="1000", rate="10", file=False)
    second = await house.invoice(client=GARANCE, price="500", rate="10", file=False)
    await house.invoice(file=False)  # a business: not reported
    await house.pay(first, "100.00")
    await house.pay(second, "550.00")
    async with house.database.tenant(house.organization.id) as session:
        found = await report(session, house.organization.id, today)
    assert found.frequency == "monthly"
    sales, payments = found.periods
    assert [(row.day, row.category, row.vat_rate, row.base, row.vat, row.count) for row in sales.rows] == [
        (today, "TPS1", D(10), D("1500.00"), D("150.00"), 2)
    ]
    (row,) = payments.rows
    assert (row.base + row.vat, row.count) == (D("650.00"), 2) and payments.base == row.base
    async with house.database.tenant(house.organization.id) as session:
        await change(session, house.organization.id, reporting="decade")
        found = await report(session, house.organization.id, today)
    assert [period.flow for period in found.periods] == ["transactions"] * 3 + ["payments"]
    assert sum((period.base for period in found.periods[:3]), D(0)) == D("1500.00")


async def test_a_rolled_back_issue_leaves_no_row(house: House) -> None:
    invoice = await house.invoice(client=GARANCE, file=False)
    rows = await house.rows("select * from ereporting_entries where document_id = :id", id=invoice.id)
    assert len(rows) == 1 and rows[0].transmitted_at is None
    try:
        async with house.database.tenant(house.organization.id) as session:
            from services.documents.rendering import thawed
            from services.einvoicing import service as einvoicing

            document, _, totals, _ = thawed(invoice.snapshot or {})
            document.issue_date = date.today()
            await einvoicing.issued(session, house.organization.id, document, totals)
            raise KeyError
    except KeyError:
        pass
    assert len(await house.rows("select 1 from ereporting_entries where document_id = :id", id=invoice.id)) == 1


async def test_the_commands(house: House, monkeypatch) -> None:
    import asyncio

    from api.cli.main import app
    from db.settings import settings

    invoice = await house.invoice()
    await house.invoice(client=GARANCE, file=False)
    await house.work()
    monkeypatch.setattr(settings(), "database_url", house.database_url)

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        return result.output

    async def command(*words: str) -> str:
        return await asyncio.to_thread(run, *words)

    company = house.organization.slug
    history = json.loads(await command("documents", "status", str(invoice.number), "--company", company, "--json"))
    assert [entry["code"] for entry in history] == [200, 201, 202, 203]
    assert "203 Mise à disposition" in await command("documents", "status", str(invoice.number), "--company", company)
    month = f"{date.today():%Y-%m}"
    found = json.loads(await command("documents", "ereporting", "--month", month, "--company", company, "--json"))
    assert found["periods"][0]["rows"][0]["category"] == "TPS1"
    assert "transactions" in await command("documents", "ereporting", "--month", month, "--company", company)
    refused = await asyncio.to_thread(CliRunner().invoke, app, ["einvoicing", "again", str(invoice.number), company])
    assert refused.exit_code == 1 and "not held up" in refused.output
    assert "off" in await command("einvoicing", "off", company) and "on" in await command("einvoicing", "on", company)
    assert "552100554  enabled" in await command("einvoicing", "directory", "552100554")
