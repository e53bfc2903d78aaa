"""The administration API over HTTP on a real database: token, tenants, profile, files, clients, documents."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from lxml import etree
from PIL import Image

from api.app import create_app
from db.models import Invoice, Organization, User
from db.session import Database
from db.settings import settings
from services.accounts.scene import create_artisan
from services.documents import service as documents
from services.documents.drafts import LineSpec, add_line, apply_vat
from services.storage.service import storage


@pytest.fixture
def app(database: Database) -> FastAPI:
    app = create_app(settings())
    app.state.database = database
    return app


@pytest.fixture
async def admin(app: FastAPI, admin_headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=admin_headers) as client:
        yield client


@pytest.fixture
def root(organization: Organization) -> str:
    return f"/api/v1/organizations/{organization.id}"


def png(color: str = "red") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic abc", "Bearer usta_abc_def", "Bearer a.b.c"])
async def test_only_the_token_opens(admin: httpx.AsyncClient, root: str, given: str | None) -> None:
    admin.headers.pop("Authorization")
    answer = await admin.get(f"{root}/profile", headers={"Authorization": given} if given else {})
    assert answer.status_code == 401 and answer.json()["code"] == "AUTHENTICATION"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_unknown_organization(admin: httpx.AsyncClient) -> None:
    assert (await admin.get(f"/api/v1/organizations/{uuid4()}/profile")).status_code == 404


async def test_the_profile_is_read_and_changed(admin: httpx.AsyncClient, root: str, organization: Organization) -> None:
    before = (await admin.get(f"{root}/profile")).json()
    assert before["company"]["siret"] == organization.siret and "address" not in before["company"]
    assert not [lack for lack in before["missing"] if lack["blocking"]]

    body = {"legal_form": "sarl", "capital": "5000", "rcs_city": "lyon", "address": "3 rue Pasteur 69007 Lyon"}
    changed = (await admin.patch(f"{root}/profile", json=body)).json()
    assert changed["changed"] == ["legal_form", "capital", "rcs_city", "address_line", "postal_code"]
    assert changed["company"]["capital"] == "5000.00" or changed["company"]["capital"] == "5000"
    cleared = (await admin.patch(f"{root}/profile", json={"mediator_name": None})).json()
    assert cleared["company"]["mediator_name"] is None
    assert "company.mediator" in [lack["code"] for lack in cleared["missing"]]


async def test_a_wrong_fact_changes_nothing(admin: httpx.AsyncClient, root: str) -> None:
    answer = await admin.patch(f"{root}/profile", json={"rge": "Qualibat 1", "iban": "FR00"})
    assert answer.status_code == 422 and answer.json()["details"][0]["field"] == "iban"
    assert (await admin.get(f"{root}/profile")).json()["company"]["rge"] is None
    unknown = await admin.patch(f"{root}/profile", json={"stripe_customer_id": "x"})
    assert unknown.status_code == 422 and unknown.json()["details"][0]["field"] == "stripe_customer_id"


async def test_logo_and_attestation_are_stored(
    admin: httpx.AsyncClient, root: str, organization: Organization, database: Database
) -> None:
    first = await admin.put(f"{root}/profile/logo", content=png())
    assert first.status_code == 200 and first.json()["logo"] and not first.json()["attestation"]
    await admin.put(f"{root}/profile/attestation", content=png("blue"))
    async with database.tenant(organization.id) as session:
        stored = await session.get_one(Organization, organization.id)
        assert stored.logo_key and stored.attestation_key
        assert await storage().get(stored.logo_key) == png()
        old = stored.logo_key
    await admin.put(f"{root}/profile/logo", content=png("green"))
    assert await storage().get(old) == png(), "documents that were issued with it keep it"
    assert (await admin.delete(f"{root}/profile/logo")).status_code == 204
    assert (await admin.get(f"{root}/profile")).json()["logo"] is False


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG broken", b"<svg/>"])
async def test_what_is_no_image_is_refused(admin: httpx.AsyncClient, root: str, content: bytes) -> None:
    assert (await admin.put(f"{root}/profile/logo", content=content)).status_code == 422


async def test_a_file_that_is_too_large(admin: httpx.AsyncClient, root: str) -> None:
    assert (await admin.put(f"{root}/profile/logo", content=b"\x89PNG" + bytes(2_000_000))).status_code == 413
    assert (await admin.put(f"{root}/profile/photo", content=png())).status_code == 422


async def test_clients(admin: httpx.AsyncClient, root: str) -> None:
    body = {
        "name": "bâti sud",
        "siret": "539 874 123 00026",
        "main_contractor": True,
        "address": "3 rue Pasteur, 69003 Lyon",
        "billing_address": "5 rue Bugeaud 69006 Lyon",
    }
    made = await admin.post(f"{root}/clients", json=body)
    assert made.status_code == 201
    client = made.json()
    assert (client["kind"], client["vat_number"], client["siren"]) == ("business", "FR92539874123", "539874123")
    assert client["billing_address"]["city"] == "Lyon" and client["main_contractor"] is True
    one = f"{root}/clients/{client['client_id']}"
    assert (await admin.get(one)).json() == client
    assert [
        found["name"] for found in (await admin.get(f"{root}/clients", params={"name": "BATI"})).json()["data"]
    ] == [client["name"]]
    assert (await admin.get(f"{root}/clients", params={"name": "zzz"})).json() == {"data": [], "next": None}
    changed = (await admin.patch(one, json={"phone": "06 12 34 56 78", "billing_address": None})).json()
    assert changed["phone"] == "+33612345678" and changed["billing_address"] is None
    for wrong, field in (({"name": None}, "name"), ({"siret": "1"}, "siret"), ({"country": "Atlantis"}, "country")):
        answer = await admin.patch(one, json=wrong)
        assert answer.status_code == 422 and answer.json()["details"][0]["field"] == field
    assert (await admin.post(f"{root}/clients", json={"phone": "0612345678"})).status_code == 422
    assert (await admin.get(f"{root}/clients/{uuid4()}")).status_code == 404


async def test_a_client_of_another_company_is_not_there(
    admin: httpx.AsyncClient, root: str, database: Database, new_phone: Callable[[], str]
) -> None:
    client = (await admin.post(f"{root}/clients", json={"name": "Petit"})).json()["client_id"]
    other = (await create_artisan(database, {"phone": new_phone(), "name": "X Y", "company": "Autre"}))[
        "organization_id"
    ]
    assert (await admin.get(f"/api/v1/organizations/{other}/clients/{client}")).status_code == 404
    assert (await admin.get(f"/api/v1/organizations/{other}/clients")).json()["data"] == []


async def test_documents_are_listed_and_read(
    admin: httpx.AsyncClient, root: str, database: Database, organization: Organization, artisan: User
) -> None:
    document = documents.new_document("quote")
    spec = LineSpec(description="peinture", unit="m²", quantity=None, unit_price=None)
    add_line(document, spec, language="fr", default_mode="ht")
    async with database.tenant(organization.id) as session:
        await documents.save(session, organization.id, document, user_id=artisan.id)
    (listed,) = (await admin.get(f"{root}/quotes", params={"status": "draft"})).json()["data"]
    assert (listed["kind"], listed["number"]) == ("quote", None)
    assert (await admin.get(f"{root}/invoices", params={"type": "deposit"})).json()["data"] == []
    read = (await admin.get(f"{root}/quotes/{document.id}")).json()
    assert read["document"]["lines"][0]["description"]
    assert (await admin.get(f"{root}/invoices/{document.id}")).status_code == 404
    for file in ("pdf", "preview"):
        assert (await admin.get(f"{root}/quotes/{document.id}/{file}")).status_code == 404
    assert (await admin.get(f"{root}/quotes", params={"status": "lost"})).status_code == 422


async def issued(database: Database, organization: Organization, artisan: User, kind: Any = "invoice") -> str:
    """A document of 200 € excl. VAT, issued through the same gate as any other."""
    from services.accounts import scene_documents
    from services.accounts.service import seller_of
    from services.clients import service as clients
    from services.clients.schemas import ClientFields

    now = datetime.now(UTC)
    async with database.system() as session:
        fields = ClientFields(name="Noé", title="M.", address="5 rue Bugeaud, 69006 Lyon")
        client = await clients.create(session, organization.id, fields, created_by=None)
        await session.flush()
        document = documents.new_document(kind)
        document.buyer, document.service_date = clients.buyer(client), now.date()
        spec = LineSpec(description="peinture", quantity=10, unit="m²", unit_price=20)  # type: ignore[arg-type]
        add_line(document, spec, language="fr", default_mode="ht")
        apply_vat(document, seller_of(organization), organization.default_vat_rate, now.date())
        await documents.save(session, organization.id, document, user_id=artisan.id)
        await documents.mark_shown(session, organization.id, document)
        word = await scene_documents._word(session, organization, artisan)
        await documents.issue(session, organization.id, document, seller_of(organization), word=word, now=now)
    return str(document.id)


async def test_an_issued_invoice_has_its_electronic_forms(
    admin: httpx.AsyncClient,
    root: str,
    database: Database,
    organization: Organization,
    artisan: User,
    assistant_account: object,
) -> None:
    invoice = await issued(database, organization, artisan)
    one = f"{root}/invoices/{invoice}"
    roots = {}
    for syntax in ("factur-x", "cii", "ubl"):
        answer = await admin.get(f"{one}/xml", params={"syntax": syntax})
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/xml"
        assert answer.content == (await admin.get(f"{one}/xml", params={"syntax": syntax})).content
        roots[syntax] = etree.QName(etree.fromstring(answer.content)).localname
    assert roots == {"factur-x": "CrossIndustryInvoice", "cii": "CrossIndustryInvoice", "ubl": "Invoice"}
    assert (await admin.get(f"{one}/xml", params={"syntax": "edifact"})).status_code == 422
    assert (await admin.get(f"{one}/pdf")).status_code == 409
    assert (await admin.get(f"{one}/pdf-link")).status_code == 409


async def test_a_link_to_a_pdf_needs_no_login(
    admin: httpx.AsyncClient,
    root: str,
    database: Database,
    organization: Organization,
    artisan: User,
    assistant_account: object,
) -> None:
    invoice = await issued(database, organization, artisan)
    async with database.tenant(organization.id) as session:
        row = await session.get(Invoice, invoice)
        row.pdf_status = "ready"
        await storage().put(row.pdf_key, b"%PDF")
    link = (await admin.get(f"{root}/invoices/{invoice}/pdf-link")).json()
    answer = await admin.get(link["url"], headers={"Authorization": ""})
    assert (answer.status_code, answer.content) == (200, b"%PDF")


async def test_the_account_of_a_quote(
    admin: httpx.AsyncClient,
    root: str,
    database: Database,
    organization: Organization,
    artisan: User,
    assistant_account: object,
) -> None:
    quote = await issued(database, organization, artisan, "quote")
    account = (await admin.get(f"{root}/quotes/{quote}")).json()["account"]
    total = account["contracted"]
    assert (account["invoiced"], account["paid"], account["remaining"]) == ("0.00", "0.00", total)
    assert [row["base"] for row in account["rows"]["contracted"]] == ["200.00"] and account["invoices"] == []


async def test_payments_are_noted_and_taken_back(
    admin: httpx.AsyncClient,
    root: str,
    database: Database,
    organization: Organization,
    artisan: User,
    assistant_account: object,
) -> None:
    invoice = await issued(database, organization, artisan)
    one = f"{root}/invoices/{invoice}/payments"
    total = (await admin.get(f"{root}/invoices/{invoice}")).json()["totals"]["total"]

    part = await admin.post(one, json={"amount": "50.00", "method": "cheque", "reference": "0042"})
    assert part.status_code == 201
    assert Decimal(part.json()["balance"]) == Decimal(total) - 50
    assert part.json()["cash_limit_exceeded"] is False
    for wrong, status in (
        ({"amount": "100000.00"}, 422),
        ({"amount": "-1"}, 422),
        ({"amount": "1.001"}, 422),
        ({"paid_on": "2999-01-01"}, 422),
        ({"method": "gold"}, 422),
    ):
        assert (await admin.post(one, json=wrong)).status_code == status, wrong
    other = f"{root}/invoices/{uuid4()}/payments/{part.json()['payment_id']}/reversal"
    assert (await admin.post(other)).status_code == 404, "of another invoice"
    back = await admin.post(f"{one}/{part.json()['payment_id']}/reversal")
    assert back.status_code == 201 and Decimal(back.json()["amount"]) == -50
    assert (await admin.post(f"{one}/{part.json()['payment_id']}/reversal")).status_code == 409
    rest = await admin.post(one, json={})
    assert (rest.json()["amount"], rest.json()["balance"]) == (total, "0.00")
    assert (await admin.post(one, json={})).status_code == 409
    entries = [(row["amount"], bool(row["reverses_id"])) for row in (await admin.get(one)).json()]
    assert entries == [("50.00", False), ("-50.00", True), (total, False)]
    assert (await admin.get(f"{root}/invoices/{uuid4()}/payments")).status_code == 404
    assert (await admin.post(f"{one}/retention-release")).status_code == 409
    assert (await admin.post(f"{root}/invoices/{uuid4()}/payments", json={})).status_code == 404
    (listed,) = (await admin.get(f"{root}/invoices", params={"status": "paid"})).json()["data"]
    assert listed["id"] == invoice
