"""From a quote to its deposit, balance, credit note and correction; every amount follows from what was issued before."""

from __future__ import annotations

from tests.integration.office.conftest import Firm


async def test_a_quote_becomes_a_deposit_and_a_balance(firm: Firm) -> None:
    quote = await firm.issue("quotes", await firm.draft())
    one = f"/quotes/{quote['id']}/invoices"
    await firm.call("POST", one, 422, json={"type": "deposit"})
    deposit = await firm.call("POST", one, 201, json={"type": "deposit", "deposit": {"percent": "30"}})
    assert (deposit["kind"], deposit["totals"]["total"]) == ("deposit", "216.15")
    await firm.call("PUT", f"/invoices/{deposit['id']}/lines", 409, json=[{"description": "A"}])
    deposit = await firm.call("PATCH", f"/invoices/{deposit['id']}", json={"deposit": {"amount": "200"}})
    assert deposit["totals"]["total"] == "200.00"
    deposit = await firm.issue("invoices", deposit)
    balance = await firm.call("POST", one, 201, json={})
    assert (balance["kind"], balance["totals"]["prepaid"]) == ("balance", "200.00")
    assert balance["totals"]["net_to_pay"] == "520.50"
    balance = await firm.issue("invoices", balance)
    account = (await firm.call("GET", f"/quotes/{quote['id']}"))["account"]
    assert account["remaining"] == "0.00" and account["invoices"] == [deposit["number"], balance["number"]]
    nothing = await firm.call("POST", one, 409, json={})
    assert "invoiced already" in nothing["message"]


async def test_a_situation_counts_from_the_beginning(firm: Firm) -> None:
    quote = await firm.issue("quotes", await firm.draft())
    one = f"/quotes/{quote['id']}/invoices"
    first = await firm.call("POST", one, 201, json={"type": "progress", "progress_percent": "40"})
    line = first["document"]["lines"][0]
    first = await firm.call("PATCH", f"/invoices/{first['id']}/lines/{line['key']}", json={"progress_percent": "100"})
    assert first["totals"]["lines_total"] == "382.00"
    await firm.issue("invoices", first)
    back = await firm.call("POST", one, 422, json={"type": "progress", "progress_percent": "20"})
    assert back["details"][0]["field"] == "progress_percent"


async def test_works_outside_the_quote_are_marked(firm: Firm) -> None:
    quote = await firm.issue("quotes", await firm.draft())
    extra = [{"description": "Joint silicone", "unit_price": "60"}]
    invoice = await firm.call("POST", f"/quotes/{quote['id']}/invoices", 201, json={"lines": extra})
    assert [line["outside_quote"] for line in invoice["document"]["lines"]] == [False, False, True]
    assert invoice["document"]["lines"][2]["description"] == "Joint silicone (hors devis)"


async def test_credit_notes_take_back_a_part_and_then_the_rest(firm: Firm) -> None:
    invoice = await firm.issue("invoices", await firm.draft("invoices"))
    one = f"/invoices/{invoice['id']}/credit-notes"
    part = await firm.call("POST", one, 201, json={"lines": [1]})
    assert (part["kind"], part["totals"]["lines_total"]) == ("credit_note", "200.00")
    part = await firm.call("PATCH", f"/invoices/{part['id']}", json={"credit": {"amount": "100"}})
    assert part["totals"]["total"] == "100.00"
    part = await firm.issue("invoices", part)
    assert part["number"].startswith("AVOIR-")
    too_much = await firm.call("POST", one, 422, json={"amount": "700"})
    assert too_much["details"][0]["field"] == "credit"
    rest = await firm.issue("invoices", await firm.call("POST", one, 201, json={}))
    cancelled = await firm.call("GET", f"/invoices/{invoice['id']}")
    assert cancelled["status"] == "cancelled" and cancelled["money"]["credited"] == invoice["totals"]["total"]
    assert rest["document"]["corrects"]["number"] == invoice["number"]
    await firm.call("POST", one, 409, json={})


async def test_a_corrective_invoice_replaces(firm: Firm) -> None:
    invoice = await firm.issue("invoices", await firm.draft("invoices"))
    fixed = await firm.call("POST", f"/invoices/{invoice['id']}/corrections", 201)
    assert fixed["kind"] == "corrective" and fixed["totals"]["total"] == invoice["totals"]["total"]
    line = fixed["document"]["lines"][0]
    fixed = await firm.call("PATCH", f"/invoices/{fixed['id']}/lines/{line['key']}", json={"quantity": "8"})
    await firm.issue("invoices", fixed)
    assert (await firm.call("GET", f"/invoices/{invoice['id']}"))["status"] == "cancelled"


async def test_a_duplicate_is_a_new_draft(firm: Firm) -> None:
    quote = await firm.issue("quotes", await firm.draft(notes=["A"], discount={"percent": "10"}))
    copy = await firm.call("POST", f"/quotes/{quote['id']}/duplicates", 201)
    assert copy["id"] != quote["id"] and copy["number"] is None
    assert copy["totals"] == quote["totals"] and copy["document"]["notes"] == ["A"]
    old = {line["key"] for line in quote["document"]["lines"]}
    assert not old & {line["key"] for line in copy["document"]["lines"]}


async def test_what_is_not_issued_is_not_followed(firm: Firm) -> None:
    quote, invoice = await firm.draft(), await firm.draft("invoices")
    await firm.call("POST", f"/quotes/{quote['id']}/invoices", 409, json={})
    await firm.call("POST", f"/invoices/{invoice['id']}/credit-notes", 409, json={})
    await firm.call("POST", f"/invoices/{invoice['id']}/corrections", 409)
    await firm.call("POST", f"/quotes/{quote['id']}/amendments", 409)
    await firm.call("POST", f"/quotes/{invoice['id']}/invoices", 404, json={})
