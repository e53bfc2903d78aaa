"""Lists of quotes and invoices: narrowed, sorted, in pages that lose nothing while others write."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.office.conftest import Firm


async def listed(firm: Firm, shelf: str, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await firm.call("GET", f"/{shelf}", params=wanted))["data"]
    return found


@pytest.fixture
async def filled(firm: Firm) -> Firm:
    """An issued quote of 720.50 €, a draft of 120 €, an invoice that is overdue and one that is paid."""
    await firm.issue("quotes", await firm.draft())
    await firm.draft(client_id=None, lines=[{"description": "Dépannage de chaudière", "unit_price": "100"}])
    late = await firm.issue("invoices", await firm.draft("invoices", due_date=str(date.today() + timedelta(days=1))))
    paid = await firm.issue("invoices", await firm.draft("invoices"))
    await firm.call("POST", f"/invoices/{paid['id']}/payments", 201, json={})
    async with firm.database.system() as session:
        move = text("update invoices set due_date = current_date - 3 where id = :id")
        await session.execute(text("reset role"))
        await session.execute(text("alter table invoices disable trigger invoices_are_frozen"))
        await session.execute(move, {"id": late["id"]})
        await session.execute(text("alter table invoices enable trigger invoices_are_frozen"))
    return firm


async def test_lists_are_narrowed(filled: Firm) -> None:
    drafts = await listed(filled, "quotes", status="draft")
    assert [(one["number"], one["client"], one["total"]) for one in drafts] == [(None, None, "110.00")]
    (issued,) = await listed(filled, "quotes", status="issued")
    assert issued["client"] == "Garance"
    for wanted, count in (
        ({"text": "GARANCE"}, 1),
        ({"text": "chaudière"}, 1),
        ({"text": "zzz"}, 0),
        ({"text": "%"}, 0),
        ({"text": "\x00"}, 2),
        ({"number": issued["number"][-4:]}, 1),
        ({"client_id": str(filled.client_id)}, 1),
        ({"issued_from": str(date.today())}, 1),
        ({"issued_to": str(date.today() - timedelta(days=2))}, 0),
    ):
        assert len(await listed(filled, "quotes", **wanted)) == count, wanted
    (overdue,) = await listed(filled, "invoices", status="overdue")
    assert overdue["overdue_days"] == 3 and overdue["balance"] == "720.50"
    assert len(await listed(filled, "invoices", status="unpaid")) == 1
    assert len(await listed(filled, "invoices", status="paid", type="invoice")) == 1
    assert await listed(filled, "invoices", type="deposit") == []
    await filled.call("GET", "/quotes", 422, params={"status": "overdue"})
    await filled.call("GET", "/invoices", 422, params={"sort": "client"})


async def test_pages_lose_nothing(firm: Firm) -> None:
    for price in ("30", "10", "20", "20"):
        await firm.draft(lines=[{"description": "A", "unit_price": price, "vat_rate": "20"}])
    first = await firm.call("GET", "/quotes", params={"sort": "-total", "limit": 2})
    await firm.draft(lines=[{"description": "B", "unit_price": "99", "vat_rate": "20"}])
    then = await firm.call("GET", "/quotes", params={"sort": "-total", "limit": 2, "cursor": first["next"]})
    assert [one["total"] for one in (*first["data"], *then["data"])] == ["36.00", "24.00", "24.00", "12.00"]
    assert then["next"] is None
    for sort in ("created_at", "-updated_at", "issue_date", "-number", "validity_date"):
        whole, cursor = [], None
        while True:
            page = await firm.call(
                "GET", "/quotes", params={"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
            )
            whole += [one["id"] for one in page["data"]]
            if not (cursor := page["next"]):
                break
        assert len(whole) == len(set(whole)) == 5, sort
