"""Invoices go to the platform once, whatever breaks; what becomes of them is kept, and told where it matters."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.accounts.service import seller_of
from services.clients.schemas import ClientFields
from services.einvoicing import cdar
from services.einvoicing.jobs import poll
from services.einvoicing.preferences import change
from services.einvoicing.service import NotHeldUp, give_again, platform_status
from services.storage.service import storage
from tests.integration.einvoicing.conftest import House


async def test_an_invoice_to_a_business_is_deposited_and_followed(house: House) -> None:
    invoice = await house.invoice()
    await house.work()
    invoice = await house.reread(invoice.id)
    (flow,) = house.deposits(invoice)
    stored = await storage().get(invoice.pdf_key or "")
    assert flow.content == stored and hashlib.sha256(stored).hexdigest() == invoice.pdf_sha256
    assert flow.info["flowSyntax"] == "Factur-X" and flow.info["processingRule"] == "B2B"
    assert flow.organization == (house.organization.siret or "")[:9]
    assert flow.invoice is not None and flow.invoice.number == invoice.number
    submission = await house.submission(invoice)
    assert (submission.flow_id, submission.sha256, submission.error) == (flow.flow_id, invoice.pdf_sha256, None)
    assert await house.codes(invoice) == [200, 201, 202, 203] and submission.status_code == 203
    assert await house.told(invoice) == [], "on its way is no news"
    await house.status(invoice, 205)
    assert (await house.submission(invoice)).status_code == 205
    (told,) = await house.told(invoice)
    assert "approuvé" in told and str(invoice.number) in told


async def test_a_refusal_is_told_with_its_reason_and_what_to_do(house: House) -> None:
    invoice = await house.invoice()
    await house.work()
    await house.status(invoice, 207, reason_code="QTE_ERR")
    await house.status(invoice, 210, reason_code="TX_TVA_ERR", reason="10 % attendu")
    contested, refused = await house.told(invoice)
    assert "conteste" in contested and "quantité" in contested
    assert "refusé" in refused and "taux de TVA" in refused and "annule la facture" in refused
    async with house.database.tenant(house.organization.id) as session:
        status = await platform_status(session, house.organization.id, invoice.id)
    assert status is not None and (status.code, status.reason_code) == (210, "TX_TVA_ERR")
    await house.status(invoice, 205)
    assert (await house.submission(invoice)).status_code == 210, "after an end nothing moves"
    assert len(await house.told(invoice)) == 2 and 205 in await house.codes(invoice)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 500, "when": "after"},
        {"status": 503},
        {"status": 429},
        {"cut": True},
        {"cut": True, "when": "after"},
    ],
)
async def test_what_breaks_is_tried_again_and_never_deposited_twice(house: House, fault: dict[str, Any]) -> None:
    await house.order(route="createFlow", times=2, **fault)
    invoice = await house.invoice()
    await house.work()
    assert (await house.submission(invoice)).flow_id is None
    while await house.hurry():
        await house.work()
    submission = await house.submission(invoice)
    assert submission.flow_id and submission.error is None
    assert len(house.deposits(invoice)) == 1 and await house.codes(invoice) == [200, 201, 202, 203]
    assert await house.told(invoice) == []


async def test_a_platform_that_does_not_answer_in_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.einvoicing.afnor import configured_platform
    from services.einvoicing.platform import use_platform

    hasty = configured_platform(timeout=0.3)
    use_platform(hasty)
    await house.order(route="createFlow", hang_seconds=1.0, when="after")
    invoice = await house.invoice()
    await house.work()
    await house.hurry()
    await house.work()
    assert (await house.submission(invoice)).flow_id and len(house.deposits(invoice)) == 1
    await hasty.close()


async def test_a_worker_that_died_after_the_deposit_makes_no_second(house: House) -> None:
    """The platform has the flow, the worker died before it could note it: the job starts again from the beginning."""
    invoice = await house.invoice()
    await house.work()
    submission = await house.submission(invoice)
    async with house.database.system() as session:
        await session.execute(
            text("update einvoice_submissions set flow_id = null where id = :id"), {"id": submission.id}
        )
    from services.einvoicing.jobs import submissions

    await submissions().submit(house.organization.id, submission.id, 1)
    assert (await house.submission(invoice)).flow_id == submission.flow_id
    assert len(house.deposits(invoice)) == 1


async def test_a_restarted_platform_that_forgot_everything_changes_nothing(house: House) -> None:
    invoice = await house.invoice()
    await house.work()
    before = await house.codes(invoice)
    house.simulator.state.flows.clear()
    house.simulator.state.tokens.clear()
    assert await poll() == 0
    await house.work()
    assert await house.codes(invoice) == before


async def test_a_number_that_the_platform_has_is_rejected_as_a_duplicate(house: House) -> None:
    invoice = await house.invoice(file=False)
    from services.documents.rendering import render, thawed
    from services.einvoicing.simulator.invoices import read_invoice

    snapshot = invoice.snapshot
    assert snapshot is not None and thawed(snapshot)
    earlier = {"trackingId": "other software", "name": "F.pdf", "flowSyntax": "Factur-X"}
    content = await render(snapshot)
    assert read_invoice("Factur-X", content).number == invoice.number
    await house.behave(arrives=[200])
    house.simulator.state.behaviour.webhooks = False
    house.simulator.network.take(earlier, content, None)
    house.simulator.state.behaviour.webhooks = True
    async with house.database.tenant(house.organization.id) as session:
        from services.documents import service as documents

        document = await documents.load(session, house.organization.id, "invoice", invoice.id)
        await documents.request_pdf(session, house.organization.id, document, outbox=house._outbox())
    await house.work()
    assert await house.codes(invoice) == [213]
    (told,) = await house.told(invoice)
    assert "numéro déjà reçu" in told and "autre logiciel" in told


async def test_a_file_that_the_platform_cannot_read(house: House) -> None:
    """The flow's own acknowledgement says no: that is status 501, an admin sees it and the artisan is told."""
    invoice = await house.invoice()
    house.simulator.network._check = lambda flow, invoiced: house.simulator.network._refuse(  # type: ignore[method-assign]
        flow, "InvalidSchema", "BT-1 is missing"
    )
    await house.work()
    (row,) = await house.rows("select * from einvoice_statuses where invoice_id = :id", id=invoice.id)
    assert (row.code, row.reason_code, row.reason) == (501, "IRR_SYNTAX", "BT-1 is missing")
    assert "prévenu l'équipe" in (await house.told(invoice))[0]
    logs = await house.rows(
        "select event from system_logs where organization_id = :id and type = 'error'", id=house.organization.id
    )
    assert [log.event for log in logs] == ["einvoice.irreceivable"]


async def test_a_refused_request_is_given_up_at_once(house: House) -> None:
    await house.order(route="createFlow", status=422)
    invoice = await house.invoice()
    await house.work()
    assert await house.hurry() == 0
    assert "n'a pas pris" in (await house.told(invoice))[0]
    assert "422" in (await house.submission(invoice)).error


async def test_an_invoice_that_was_given_up_can_be_given_again_once(house: House) -> None:
    await house.order(route="createFlow", status=422)
    invoice = await house.invoice()
    await house.work()
    async with house.database.tenant(house.organization.id) as session:
        await give_again(session, house.organization.id, invoice.id)
    await house.work()
    assert len(house.deposits(invoice)) == 1 and (await house.submission(invoice)).status_code == 203
    async with house.database.tenant(house.organization.id) as session:
        with pytest.raises(NotHeldUp):
            await give_again(session, house.organization.id, invoice.id)


async def test_without_webhooks_polling_brings_everything(house: House) -> None:
    await house.behave(webhooks=False)
    invoice = await house.invoice()
    await house.work()
    assert await house.codes(invoice) == []
    assert await poll() == 4
    await house.work()
    assert await house.codes(invoice) == [200, 201, 202, 203]
    assert await poll() == 0, "what is known is not read again"
    await house.status(invoice, 205)
    assert await poll() == 1
    await house.work()
    assert (await house.submission(invoice)).status_code == 205 and len(await house.told(invoice)) == 1


async def test_webhooks_that_come_twice_change_nothing(house: House) -> None:
    await house.behave(duplicated_webhooks=True)
    invoice = await house.invoice()
    await house.work()
    await house.status(invoice, 205)
    assert await house.codes(invoice) == [200, 201, 202, 203, 205] and len(await house.told(invoice)) == 1


async def test_a_buyer_without_a_line_in_the_directory(house: House) -> None:
    await house.behave(unknown_sirens=["552100554"])
    invoice = await house.invoice()
    await house.work()
    assert await house.codes(invoice) == [200, 201, 221]
    assert "adresse de facturation électronique" in (await house.told(invoice))[0]


async def test_the_directory_over_the_wire(house: House) -> None:
    from services.einvoicing.platform import current_platform

    platform = current_platform()
    (line,) = await platform.directory_lines("552100554")
    assert line.enabled and line.addressing_identifier == "552100554"
    company, facility = await platform.company("552100554"), await platform.facility("55210055400013")
    assert company and company.siren == "552100554" and facility and facility.siren == "552100554"
    assert await platform.company("123456789") is None and await platform.routing_codes("55210055400013") == []


@pytest.mark.parametrize("form", ["ubl", "cii"])
async def test_other_syntaxes_of_the_same_invoice(house: House, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.settings import settings

    monkeypatch.setattr(settings(), "einvoicing_format", form)
    invoice = await house.invoice()
    await house.work()
    (flow,) = house.deposits(invoice)
    assert flow.info["flowSyntax"] == form.upper() and flow.content.startswith(b"<?xml")
    assert flow.invoice is not None and flow.invoice.number == invoice.number
    assert (await house.submission(invoice)).sha256 == hashlib.sha256(flow.content).hexdigest()


async def test_a_payment_is_told_as_collected_per_rate(house: House) -> None:
    invoice = await house.invoice()
    payment = await house.pay(invoice, "400.00")
    await house.work()
    while await house.hurry():
        await house.work()
    (flow,) = [flow for flow in house.simulator.state.flows.values() if flow.info.get("trackingId") == f"{payment}-212"]
    message = cdar.parse(flow.content)
    assert flow.ack == "Ok" and flow.info["flowSyntax"] == "CDAR"
    assert (message.code, message.invoice_number) == (212, invoice.number)
    assert message.seller_siren == (house.organization.siret or "")[:9] and message.recipient.address == "552100554"
    assert [(item.rate, item.amount) for item in message.collected] == [(Decimal(20), Decimal("400.00"))]
    (row,) = await house.rows("select * from einvoice_statuses where invoice_id = :id and code = 212", id=invoice.id)
    assert row.direction == "out" and row.details["collected"] == [{"rate": "20", "amount": "400.00"}]
    assert (await house.submission(invoice)).status_code == 212
    assert [text for text in await house.told(invoice) if "400,00 €" in text]


async def test_a_payment_waits_until_the_platform_has_the_invoice(house: House) -> None:
    await house.order(route="createFlow", status=503, times=3)  # a slow machine may come to the next try by itself
    invoice = await house.invoice()
    await house.work()
    await house.pay(invoice, "1200.00")
    await house.work()
    assert await house.codes(invoice) == []
    while await house.hurry():
        await house.work()
    assert sorted(await house.codes(invoice)) == [200, 201, 202, 203, 212]


async def test_two_payments_are_told_once_each(house: House) -> None:
    invoice = await house.invoice()
    await house.work()
    await house.order(route="createFlow", status=500, when="after", times=1)
    await house.pay(invoice, "200.00")
    await house.pay(invoice, "1000.00")
    await house.work()
    while await house.hurry():
        await house.work()
    sent = [flow for flow in house.simulator.state.flows.values() if flow.direction == "Out" and not flow.invoice]
    amounts = sorted(item.amount for flow in sent for item in cdar.parse(flow.content).collected)
    assert amounts == [Decimal("200.00"), Decimal("1000.00")] and (await house.codes(invoice)).count(212) == 2


async def test_a_payment_taken_back_is_told_as_a_negative_amount(house: House) -> None:
    from datetime import date

    from services.documents import payments

    invoice = await house.invoice()
    payment = await house.pay(invoice, "400.00")
    async with house.database.tenant(house.organization.id) as session:
        await payments.reverse(session, house.organization.id, payment, today=date.today())
    await house.work()
    while await house.hurry():
        await house.work()
    rows = await house.rows(
        "select details from einvoice_statuses where invoice_id = :id and code = 212", id=invoice.id
    )
    amounts = sorted(Decimal(item["amount"]) for row in rows for item in row.details["collected"])
    assert amounts == [Decimal("-400.00"), Decimal("400.00")]


async def test_a_consumers_invoice_never_goes(house: House) -> None:
    invoice = await house.invoice(client=ClientFields(name="Mme Garance", address="3 rue Pasteur, 69003 Lyon"))
    await house.work()
    assert not await house.rows("select 1 from einvoice_submissions where invoice_id = :id", id=invoice.id)
    assert not house.deposits(invoice)


async def test_a_business_without_siren_is_asked_for(house: House) -> None:
    """Issued before e-invoicing was switched on: from then on its lack blocks the issue."""
    assert seller_of(house.organization).einvoicing
    house.organization.settings = {}
    invoice = await house.invoice(
        client=ClientFields(name="Bâti Sud", kind="business", address="1 rue Neuve, 69001 Lyon")
    )
    await house.work()
    assert not house.deposits(invoice)
    (told,) = await house.told(invoice)
    assert "SIREN" in told and "Bâti Sud" in told


async def test_off_means_nothing_happens(house: House) -> None:
    async with house.database.system() as session:
        await change(session, house.organization.id, enabled=False)
    invoice = await house.invoice()
    consumer = await house.invoice(client=ClientFields(name="Mme Garance", address="3 rue Pasteur, 69003 Lyon"))
    await house.pay(consumer, "1200.00")
    await house.work()
    assert not house.simulator.state.flows and await house.told(invoice) == []
    for table in ("einvoice_submissions", "einvoice_statuses", "ereporting_entries"):
        assert not await house.rows(f"select 1 from {table} where organization_id = :id", id=house.organization.id)


async def test_the_history_is_only_added_to(house: House) -> None:
    invoice = await house.invoice()
    await house.work()
    for statement in ("update einvoice_statuses set code = 205", "delete from einvoice_statuses"):
        with pytest.raises(DBAPIError, match="only ever added to"):
            await house.rows(f"{statement} where invoice_id = :id returning id", id=invoice.id)


async def test_another_company_sees_none_of_it(house: House) -> None:
    from db.models.base import new_id

    invoice = await house.invoice()
    await house.work()
    async with house.database.tenant(new_id()) as session:
        assert await platform_status(session, house.organization.id, invoice.id) is None
