"""What an admin sees and switches by the API: preferences, an invoice's history, reports; and the two switches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from api.app import create_app
from db.settings import settings
from services.einvoicing.preferences import is_on
from tests.integration.einvoicing.conftest import House


@pytest.fixture
async def admin(house: House, admin_headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings())
    app.state.database = house.database
    root = f"http://testserver/api/v1/organizations/{house.organization.id}/einvoicing"
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url=root, headers=admin_headers, follow_redirects=True
    ) as client:
        yield client


async def test_switches(house: House, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await admin.get("")).json() == {"enabled": True, "reporting": "monthly", "installation": "simulator"}
    assert (await admin.patch("", json={"reporting": "decade"})).json()["reporting"] == "decade"
    assert (await admin.patch("", json={"reporting": "daily"})).status_code == 422
    async with house.database.tenant(house.organization.id) as session:
        assert await is_on(session, house.organization.id)
    monkeypatch.setattr(settings(), "einvoicing_enabled", False)
    async with house.database.tenant(house.organization.id) as session:
        assert not await is_on(session, house.organization.id), "the installation's switch is off"
    monkeypatch.undo()
    assert (await admin.patch("", json={"enabled": False})).json()["enabled"] is False
    async with house.database.tenant(house.organization.id) as session:
        assert not await is_on(session, house.organization.id)


async def test_an_invoice_and_a_report(house: House, admin: httpx.AsyncClient) -> None:
    invoice = await house.invoice()
    await house.work()
    await house.status(invoice, 208, reason_code="JUSTIF_ABS")
    found: Any = (await admin.get(f"/invoices/{invoice.id}")).json()
    assert (found["now"]["code"], found["now"]["label"], found["now"]["reason_code"]) == (
        208,
        "Suspendue",
        "JUSTIF_ABS",
    )
    assert [entry["code"] for entry in found["history"]] == [200, 201, 202, 203, 208]
    assert (await admin.post(f"/invoices/{invoice.id}/deposit")).status_code == 409
    assert (await admin.get(f"/invoices/{house.organization.id}")).status_code == 404
    report: Any = (await admin.get(f"/reports/{date.today():%Y-%m}")).json()
    assert [period["flow"] for period in report["periods"]] == ["transactions", "payments"]
    assert (await admin.get("/reports/2026-13")).status_code == 422
    assert (await admin.get("/reports/2026-11", headers={"Authorization": "Bearer no"})).status_code == 401


def test_real_invoices_never_go_to_the_simulator() -> None:
    on = {"einvoicing_enabled": True}
    assert settings().model_copy(update={"unipile_dsn": "api1.example:13111", **on}).einvoicing == "off"
    assert settings().model_copy(update=on).einvoicing == "simulator"
    assert (
        settings().model_copy(update={"einvoicing_flow_url": "https://pa.example/flow", **on}).einvoicing == "platform"
    )
    assert settings().model_copy(update={"einvoicing_flow_url": "https://pa.example/flow"}).einvoicing == "off"
