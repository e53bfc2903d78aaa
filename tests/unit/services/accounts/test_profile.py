"""Facts of the company are checked, then written with what follows from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from db.models import Organization
from services.accounts import profile
from services.accounts.schemas import CompanyFacts, InvalidCompanyFact
from services.accounts.service import seller_of


def company(**known: Any) -> Organization:
    base = {
        "id": uuid4(),
        "name": "KB Bâtiment",
        "vat_regime": "standard",
        "insurance_status": "unknown",
        "template": "sober",
        "vat_on_debits": False,
    }
    return Organization(**(base | known))


def told(organization: Organization, **facts: Any) -> list[str]:
    return profile.apply(organization, profile.checked(CompanyFacts(**facts)))


@pytest.mark.parametrize(
    ("field", "said", "stored"),
    [
        ("siret", "812 345 676 00017", "81234567600017"),
        ("vat_number", "fr 92 539 874 123", "FR92539874123"),
        ("iban", "fr76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        ("bic", "agrifrpp", "AGRIFRPP"),
        ("phone", "06 12 34 56 78", "+33612345678"),
        ("legal_form", "sarl", "SARL"),
        ("legal_form", "auto-entrepreneur", "EI"),
        ("color", "blue", "#1f6f8b"),
        ("color", "#1F6F8B", "#1f6f8b"),
        ("insurer_name", "maaf", "MAAF"),
        ("insurer_name", "allianz", "Allianz"),
        ("rcs_city", "lyon", "Lyon"),
        ("einvoicing_address", "812345676_FACTURES", "812345676_FACTURES"),
    ],
)
def test_a_fact_is_stored_in_one_form(field: str, said: str, stored: str) -> None:
    assert getattr(profile.checked(CompanyFacts(**{field: said})), field) == stored


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("siret", "81234567600018"),
        ("vat_number", "FR00812345676"),
        ("iban", "FR7630006000011234567890188"),
        ("bic", "AGRI"),
        ("phone", "12"),
        ("email", "contact"),
        ("legal_form", "club"),
        ("capital", Decimal(0)),
        ("default_vat_rate", Decimal("19.6")),
        ("payment_terms_days", 90),
        ("quote_validity_days", 0),
        ("postal_code", "6900"),
        ("color", "couleur"),
        ("einvoicing_address", "12"),
        ("insurance_policy", "x" * 301),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(field: str, said: object) -> None:
    with pytest.raises(InvalidCompanyFact) as refused:
        profile.checked(CompanyFacts(**{field: said}))
    assert refused.value.field == field


def test_an_insurance_does_not_end_before_it_begins() -> None:
    with pytest.raises(InvalidCompanyFact) as refused:
        profile.checked(CompanyFacts(insurance_from=date(2026, 1, 1), insurance_until=date(2025, 12, 31)))
    assert refused.value.field == "insurance_until"


def test_a_fact_can_be_taken_away_unless_documents_need_one() -> None:
    organization = company(rge="Qualibat 1")
    assert told(organization, rge=None) == ["rge"] and organization.rge is None
    with pytest.raises(InvalidCompanyFact):
        profile.checked(CompanyFacts(vat_regime=None))


def test_the_vat_number_follows_the_siret() -> None:
    organization = company(siret="53987412300026", vat_number="FR92539874123")
    assert told(organization, siret="73282932000074") == ["siret", "vat_number"]
    assert organization.vat_number == "FR44732829320"
    assert told(organization, siret="73282932000074") == []


def test_an_address_is_split() -> None:
    organization = company()
    told(organization, address="12 rue des forges 69100 villeurbanne")
    assert (organization.address_line, organization.postal_code, organization.city) == (
        "12 rue des Forges",
        "69100",
        "Villeurbanne",
    )


def test_an_insurer_says_insured_and_covers_metropolitan_france() -> None:
    organization = company(postal_code="69100")
    told(organization, insurer_name="MAAF", insurance_policy="12345")
    assert (organization.insurance_status, organization.insurance_area) == ("insured", "France métropolitaine")
    overseas = company(postal_code="97400")
    told(overseas, insurer_name="MAAF")
    assert overseas.insurance_area is None
    told(organization, insurer_name="SMABTP", insurance_area="France entière")
    assert organization.insurance_area == "France entière"


def test_another_policy_loses_the_dates_of_the_first() -> None:
    organization = company(insurer_name="MAAF", insurance_policy="1", insurance_until=date(2025, 12, 31))
    told(organization, insurer_name="MAAF", insurance_area="France entière")
    assert organization.insurance_until == date(2025, 12, 31)
    told(organization, insurance_policy="2")
    assert organization.insurance_until is None
    told(organization, insurance_policy="3", insurance_until=date(2027, 12, 31))
    assert organization.insurance_until == date(2027, 12, 31)


def test_another_account_loses_the_bic_of_the_first_bank() -> None:
    organization = company(iban="FR7630006000011234567890189", bic="AGRIFRPP")
    told(organization, iban="FR7630006000011234567890189")
    assert organization.bic == "AGRIFRPP"
    told(organization, iban="DE89370400440532013000")
    assert organization.bic is None


def test_the_electronic_address_belongs_to_the_siren() -> None:
    organization = company(siret="53987412300026", einvoicing_address="539874123")
    with pytest.raises(InvalidCompanyFact):
        told(organization, einvoicing_address="732829320")
    assert organization.einvoicing_address == "539874123"
    told(organization, siret="73282932000074")
    assert organization.einvoicing_address is None


def test_what_documents_lack() -> None:
    organization = company()
    lacks = profile.missing(seller_of(organization), today=date(2026, 11, 27))
    assert {lack.code for lack in lacks if lack.blocking} == {"company.siret", "company.address", "company.insurance"}
    told(
        organization,
        siret="53987412300026",
        address="12 rue des Forges 69100 Villeurbanne",
        insurance_status="not_required",
    )
    lacks = profile.missing(seller_of(organization), today=date(2026, 11, 27))
    assert not [lack for lack in lacks if lack.blocking]
    assert "company.mediator" in {lack.code for lack in lacks}
