"""A scene stands for a company that can issue documents at once, unless its payload says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from stdnum.fr import siret as siret_number

from db.models import Invoice, Organization, User, WhatsappAccount
from db.session import Database
from services.accounts.scene import create_artisan, demo_artisans


async def company(database: Database, payload: dict[str, Any]) -> Organization:
    answer = await create_artisan(database, {"name": "Karim Benali", "company": "KB Bâtiment", **payload})
    async with database.system() as session:
        query = select(Organization).join(User, User.organization_id == Organization.id)
        return (await session.scalars(query.where(User.id == answer["user_id"]))).one()


async def test_what_the_payload_lacks_is_made_up(database: Database, new_phone: Callable[[], str]) -> None:
    made = await company(database, {"phone": new_phone()})
    other = await company(database, {"phone": new_phone()})
    assert made.siret and siret_number.is_valid(made.siret) and made.siret != other.siret
    assert made.vat_number and made.vat_number.endswith(made.siret[:9])
    assert (made.legal_form, made.address_line, made.postal_code) == ("EI", "12 rue des Forges", "69100")
    assert made.insurance_status == "insured" and made.insurer_name and made.insurance_policy and made.insurance_area
    today = datetime.now(UTC).date()
    assert made.insurance_from and made.insurance_until and made.insurance_from <= today < made.insurance_until
    assert made.mediator_name and made.iban and made.bic


async def test_what_the_payload_gives_is_kept(database: Database, new_phone: Callable[[], str]) -> None:
    profile = {"address_line": "1 place Kléber", "city": "Strasbourg", "insurance_until": "2026-03-31", "iban": None}
    payload = {"phone": new_phone(), "company": "Yıldız SARL", "siret": "732 829 320 00074", "profile": profile}
    made = await company(database, payload)
    assert (made.siret, made.vat_number) == ("73282932000074", "FR44732829320")
    assert (made.address_line, made.postal_code, made.city) == ("1 place Kléber", None, "Strasbourg")
    assert (made.legal_form, made.rcs_city) == ("SARL", "Strasbourg")
    assert str(made.insurance_until) == "2026-03-31" and made.insurer_name == "Assurances du Bâtiment"
    assert (await company(database, payload | {"phone": new_phone()})).siret != "73282932000074"


async def test_a_company_without_insurance_duty_gets_none(database: Database, new_phone: Callable[[], str]) -> None:
    made = await company(database, {"phone": new_phone(), "profile": {"insurance_status": "not_required"}})
    assert made.insurance_status == "not_required" and made.insurer_name is None


async def test_an_incomplete_company_stays_so(database: Database, new_phone: Callable[[], str]) -> None:
    made = await company(database, {"phone": new_phone(), "complete": False, "siret": "81234567600018"})
    assert [made.siret, made.address_line, made.insurer_name, made.mediator_name, made.iban] == [None] * 5
    assert made.insurance_status == "unknown"


async def test_franchise_has_no_vat_number(database: Database, new_phone: Callable[[], str]) -> None:
    made = await company(database, {"phone": new_phone(), "vat_regime": "franchise"})
    assert (made.vat_regime, made.vat_number) == ("franchise", None)


async def test_the_companies_of_the_demo_have_valid_numbers(database: Database) -> None:
    for payload in demo_artisans():
        assert siret_number.is_valid(payload["siret"])
        made = await company(database, payload)
        assert made.siret == payload["siret"] and made.insurance_until is not None


async def test_an_invoice_of_a_scene_is_issued_and_paid_in_part(
    database: Database, assistant_account: WhatsappAccount, new_phone: Callable[[], str]
) -> None:
    lines = [{"description": "Pose de carrelage", "quantity": "10", "unit": "m²", "unit_price": "50", "vat_rate": "10"}]
    client = {"name": "Mme Petit", "address": "8 rue Pasteur, 69100 Villeurbanne"}
    scene = {"clients": [client], "invoices": [{"client": "Mme Petit", "lines": lines, "paid": "100"}]}
    made = await company(database, {"phone": new_phone(), **scene})
    async with database.system() as session:
        invoice = (await session.scalars(select(Invoice).where(Invoice.organization_id == made.id))).one()
    assert invoice.number and invoice.number.startswith("FACT-") and invoice.status == "partially_paid"
    assert (str(invoice.total), str(invoice.paid_amount)) == ("550.00", "100.00")
