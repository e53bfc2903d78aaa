"""What stops an issue, what is only said, for each kind of document and client (legal.md §2, §4, §6, §7, §14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.documents.completeness import Missing, blocking, missing_for_issue
from services.documents.schemas import Address, Buyer, Document, DocumentReference, Line, Prepayment, Seller, Site

D = Decimal
TODAY = date(2026, 11, 21)
LYON = Address(line="1 rue A", postal_code="69001", city="Lyon")
SELLER = Seller(
    organization_id=UUID(int=1),
    name="KB Plomberie",
    legal_form="SARL",
    capital=D(5000),
    rcs_city="Lyon",
    siret="73282932000074",
    address=LYON,
    insurance_status="insured",
    insurer_name="Assurances du Bâtiment",
    insurer_address="3 place Bellecour, 69002 Lyon",
    insurance_policy="DEC-1",
    insurance_area="France métropolitaine",
    insurance_from=date(2026, 1, 1),
    insurance_until=date(2026, 12, 31),
    attestation_key="org/1/attestation.pdf",
    mediator_name="CM2C",
    waste_collection_point="Déchèterie de Bron, 69500 Bron",
)
INVOICES = ("invoice", "deposit", "progress", "balance", "credit_note", "corrective")


def make_line(rate: str | None = "20", category: str = "S", **more: Any) -> Line:
    values = {"quantity": D(1), "unit_price": D(100), "vat_rate": D(rate) if rate else None} | more
    return Line(position=1, description="T", chat_label="T", said="t", vat_category=category, **values)


def make_document(*lines: Line, kind: str = "invoice", buyer: Buyer | None = None, **more: Any) -> Document:
    if kind in ("credit_note", "corrective"):
        more.setdefault("corrects", DocumentReference(kind="invoice", number="FACT-2026-0001"))
    buyer = buyer or Buyer(name="Petit", address=LYON)
    return Document(id=UUID(int=1), kind=kind, buyer=buyer, lines=list(lines) or [make_line()], **more)


def lacks(document: Document, seller: Seller = SELLER, today: date = TODAY, **more: Any) -> dict[str, Missing]:
    return {lack.code: lack for lack in missing_for_issue(document, seller, today=today, **more)}


def blocked(document: Document, seller: Seller = SELLER, today: date = TODAY, **more: Any) -> set[str]:
    return {lack.code for lack in blocking(missing_for_issue(document, seller, today=today, **more))}


@pytest.mark.parametrize("kind", ["quote", *INVOICES])
def test_a_complete_document_lacks_nothing(kind: str) -> None:
    assert lacks(make_document(kind=kind)) == {}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (make_line(unit_price=None), "line.price"),
        (make_line(quantity=None), "line.quantity"),
        (make_line(None), "line.vat_rate"),
    ],
)
def test_lines_have_quantity_price_and_rate(line: Line, code: str) -> None:
    document = make_document(line, kind="quote")
    assert lacks(document)[code].values == {"position": 1}
    assert blocked(document) == {code}


def test_a_document_without_lines_or_client() -> None:
    document = Document(id=UUID(int=1), kind="quote")
    assert blocked(document) == {"lines", "client.name"}
    assert "client.name" in blocked(make_document(buyer=Buyer(name="  ")))


@pytest.mark.parametrize("kind", INVOICES)
def test_an_invoice_wants_an_address_and_a_quote_only_says_so(kind: str) -> None:
    assert "client.address" in blocked(make_document(kind=kind, buyer=Buyer(name="Petit")))
    quote = lacks(make_document(kind="quote", buyer=Buyer(name="Petit")))
    assert not quote["client.address"].blocking
    billed = Buyer(name="Petit", billing_address=Address(city="Bron"))
    assert "client.address" not in lacks(make_document(kind=kind, buyer=billed))


def test_a_business_is_asked_for_its_siren_until_it_must_give_it() -> None:
    firm = Buyer(name="Durand SARL", kind="business", address=LYON)
    invoice = make_document(buyer=firm)
    assert not lacks(invoice)["client.siret"].blocking
    insured = SELLER.model_copy(update={"insurance_until": None})
    assert blocked(invoice, insured, date(2027, 8, 31)) == set()
    assert blocked(invoice, insured, date(2027, 9, 1)) == {"client.siret"}
    through_platform = insured.model_copy(update={"einvoicing": True})
    assert blocked(invoice, through_platform, date(2026, 11, 27)) == {"client.siret"}
    assert "client.siret" not in lacks(make_document(kind="quote", buyer=firm))
    for known in ({"siren": "732829320"}, {"siret": "73282932000074"}, {"vat_number": "FR44732829320"}):
        assert "client.siret" not in lacks(make_document(buyer=firm.model_copy(update=known)))


def test_a_public_body_is_invoiced_at_its_siret() -> None:
    town = Buyer(name="Mairie de Bron", kind="public", address=LYON, siren="732829320")
    assert blocked(make_document(buyer=town)) == {"client.siret"}
    assert blocked(make_document(buyer=town.model_copy(update={"siret": "73282932000074"}))) == set()


def test_reverse_charge_names_the_buyer() -> None:
    builder = Buyer(name="Bâti Sud", kind="business", address=LYON)
    line = make_line(None, "AE", vat_reason="reverse_charge")
    assert blocked(make_document(line, buyer=builder)) == {"client.siret", "client.vat_number"}
    known = builder.model_copy(update={"vat_number": "FR44732829320"})
    assert blocked(make_document(line, buyer=known)) == set()
    quote = lacks(make_document(line, kind="quote", buyer=builder))
    assert {code for code, lack in quote.items() if not lack.blocking} == {"client.siret", "client.vat_number"}


def test_an_intra_community_supply_names_the_buyer() -> None:
    abroad = Buyer(name="Bau GmbH", kind="foreign", address=Address(line="A 1", city="Kehl", country="DE"))
    assert blocked(make_document(make_line(None, "K"), buyer=abroad)) == {"client.vat_number"}


@pytest.mark.parametrize("kind", ["quote", *INVOICES])
def test_the_company_is_named_in_full(kind: str) -> None:
    nobody = SELLER.model_copy(update={"siret": None, "address": Address(city="Lyon")})
    assert blocked(make_document(kind=kind), nobody) == {"company.siret", "company.address"}


def test_what_the_company_should_add_is_said() -> None:
    bare = SELLER.model_copy(
        update=dict.fromkeys(("capital", "rcs_city", "mediator_name", "waste_collection_point", "attestation_key"))
    )
    energy = make_line("5.5", vat_reason="energy_works")
    said = lacks(make_document(energy, kind="quote"), bare)
    assert set(said) == {
        "company.capital",
        "company.rcs_city",
        "company.mediator",
        "company.rge",
        "company.waste_collection_point",
        "company.attestation",
    }
    assert not any(lack.blocking for lack in said.values())
    assert "company.legal_form" in lacks(make_document(), SELLER.model_copy(update={"legal_form": None}))
    assert "company.waste_collection_point" not in lacks(make_document(kind="quote", urgent=True), bare)


@pytest.mark.parametrize(
    ("change", "values"),
    [
        (
            dict.fromkeys(("insurer_name", "insurer_address", "insurance_policy", "insurance_area"))
            | {"insurance_status": "unknown"},
            {
                "why": "unknown",
                "fields": ["insurer_name", "insurer_address", "insurance_policy", "insurance_area"],
            },
        ),
        ({"insurance_area": None}, {"why": "empty", "fields": ["insurance_area"]}),
        ({"insurance_until": date(2026, 11, 20)}, {"why": "expired", "until": date(2026, 11, 20)}),
    ],
)
@pytest.mark.parametrize("kind", ["quote", "invoice", "deposit", "progress", "balance", "corrective"])
def test_the_ten_year_insurance_is_needed(kind: str, change: dict[str, Any], values: dict[str, Any]) -> None:
    uninsured = SELLER.model_copy(update=change)
    assert blocked(make_document(kind=kind), uninsured) == {"company.insurance"}
    assert lacks(make_document(kind=kind), uninsured)["company.insurance"].values == values
    exempt = uninsured.model_copy(update={"insurance_status": "not_required"})
    assert blocked(make_document(kind=kind), exempt) == set()
    assert blocked(make_document(kind="credit_note"), uninsured) == set()


def test_the_insurance_counts_on_the_day_of_the_works() -> None:
    expired = SELLER.model_copy(update={"insurance_until": date(2026, 10, 31)})
    assert blocked(make_document(service_date=date(2026, 10, 20)), expired) == set()
    assert blocked(make_document(service_date=date(2026, 11, 2)), expired) == {"company.insurance"}
    assert blocked(make_document(service_month="2026-10"), expired) == set()
    january = make_document(kind="quote", start_date=date(2027, 1, 11))
    assert blocked(january) == set()
    assert lacks(january)["company.insurance_renewal"].values == {"until": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("buyer", "site", "why"),
    [
        ({"kind": "business", "main_contractor": True}, {}, "main_contractor"),
        ({}, {"subcontracting": True}, "main_contractor"),
        ({}, {"premises": "business"}, "business_premises"),
        ({}, {"premises": "new_build"}, "new_building"),
        ({}, {"completed_on": date(2024, 11, 21)}, "new_building"),
        ({}, {"completed_year": 2025}, "new_building"),
        ({}, {"age_years": 1}, "new_building"),
        ({}, {"completed_on": date(2024, 11, 20)}, None),
        ({}, {"completed_year": 2024}, None),
        ({"kind": "business"}, {}, None),
        ({}, {"premises": "mixed"}, None),
    ],
)
@pytest.mark.parametrize("rate", ["10", "5.5", "2.1"])
def test_a_reduced_rate_where_it_cannot_be(
    rate: str, buyer: dict[str, Any], site: dict[str, Any], why: str | None
) -> None:
    client = Buyer(name="Petit", address=LYON, siret="73282932000074", vat_number="FR44732829320", **buyer)
    document = make_document(make_line(rate, vat_reason="said"), buyer=client, site=Site(**site))
    assert blocked(document) == ({"vat.reduced_rate"} if why else set())
    if why:
        assert lacks(document)["vat.reduced_rate"].values == {"why": why, "positions": [1]}
    assert "vat.reduced_rate" not in blocked(make_document(make_line("20"), buyer=client, site=Site(**site)))


def test_a_reduced_rate_needs_somebody_to_certify() -> None:
    document = Document(id=UUID(int=1), kind="quote", lines=[make_line("10")])
    assert "vat.certification" in blocked(document)


def test_corsica_has_ten_percent_on_new_buildings_too() -> None:
    corsican = make_line("10", vat_reason="corsica_works")
    assert blocked(make_document(corsican, site=Site(premises="new_build", territory="corse"))) == set()
    said = make_line("10", vat_reason="said", vat_basis="art. 297 du CGI")
    assert blocked(make_document(said, site=Site(premises="business"))) == set()


def test_no_deposit_within_seven_days_of_a_contract_at_home() -> None:
    home = make_document(kind="deposit", off_premises=True)
    assert blocked(home) == {"deposit.too_early"}
    assert lacks(home, accepted_on=date(2026, 11, 15))["deposit.too_early"].values == {"until": date(2026, 11, 22)}
    assert blocked(home, accepted_on=date(2026, 11, 14)) == set()
    assert blocked(make_document(kind="deposit")) == set()
    assert blocked(make_document(kind="deposit", off_premises=False)) == set()
    assert blocked(make_document(kind="deposit", off_premises=True, urgent=True)) == set()
    firm = Buyer(name="Salon Chez Léa", kind="business", address=LYON, siret="73282932000074")
    assert blocked(make_document(kind="deposit", off_premises=True, buyer=firm)) == set()
    small = firm.model_copy(update={"small_business": True})
    assert blocked(make_document(kind="deposit", off_premises=True, buyer=small)) == {"deposit.too_early"}


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("credit_note", {"corrects": None}, "document.corrects"),
        ("corrective", {"corrects": None}, "document.corrects"),
        ("invoice", {"retention_percent": D("5.5")}, "document.retention"),
        ("invoice", {"due_date": date(2026, 11, 20)}, "document.due_date"),
        ("quote", {"status": "cancelled"}, "document.cancelled"),
        ("balance", {"prepayments": [Prepayment(number="FACT-2026-0002", total=D(121))]}, "document.amount"),
    ],
)
def test_terms_that_cannot_hold(kind: str, more: dict[str, Any], code: str) -> None:
    assert blocked(make_document(kind=kind, **more)) == {code}


def test_five_percent_is_the_most_that_may_be_kept() -> None:
    assert blocked(make_document(retention_percent=D(5))) == set()
