"""What is said about the company: the card and what was noted, in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest

from graphs.shared import company
from services.accounts.profile import missing
from services.accounts.schemas import CompanyFacts, CompanyProfile
from services.documents.schemas import Address, Seller
from tools.context import Fact, Memory

FULL = CompanyFacts(
    name="KB Bâtiment",
    legal_form="SARL",
    capital=Decimal(5000),
    rcs_city="Lyon",
    siret="81234567600017",
    vat_number="FR61812345676",
    address_line="12 rue des Forges",
    postal_code="69100",
    city="Villeurbanne",
    phone="+33611000001",
    vat_regime="standard",
    vat_on_debits=True,
    default_vat_rate=Decimal(20),
    default_price_mode="ht",
    quote_validity_days=30,
    payment_terms_days=0,
    insurance_status="insured",
    insurer_name="MAAF",
    insurer_address="Chaban, 79180 Chauray",
    insurance_policy="12345",
    insurance_area="France métropolitaine",
    insurance_until=date(2099, 12, 31),
    mediator_name="CM2C",
    rge="Qualibat 1",
    iban="FR7630006000011234567890189",
    template="modern",
    color="#1f6f8b",
)
BARE = CompanyFacts(
    name="KB", vat_regime="standard", vat_on_debits=False, default_vat_rate=Decimal(20), default_price_mode="ht",
    quote_validity_days=30, payment_terms_days=30, insurance_status="unknown", template="sober",
)  # fmt: skip


def profile(facts: CompanyFacts, *, until: date | None = None) -> CompanyProfile:
    told = facts.model_dump(exclude={"address", "address_line", "postal_code", "city", "default_vat_rate",
                                     "default_price_mode", "quote_validity_days", "payment_terms_days"})  # fmt: skip
    address = Address(line=facts.address_line, postal_code=facts.postal_code, city=facts.city)
    seller = Seller(organization_id=uuid4(), address=address, **(told | ({"insurance_until": until} if until else {})))
    lacks = missing(seller, today=date(2026, 11, 27))
    return CompanyProfile(facts=facts, seller=seller, logo=facts is FULL, attestation=False, missing=lacks)


def context(language: str, document: object = None) -> SimpleNamespace:
    return SimpleNamespace(
        language=language,
        address_form=None,
        desk=SimpleNamespace(document=document),
        memory=Memory(),
        step=None,
        reported=lambda *kinds: [],
    )


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_card_of_a_full_company(language: str) -> None:
    (text,) = company.card(context(language), Fact("company_card", {"profile": profile(FULL)}))
    for part in (
        "KB Bâtiment",
        "SARL",
        "RCS Lyon",
        "MAAF",
        "12345",
        "31/12/2099",
        "CM2C",
        "69100 Villeurbanne",
        "Logo",
    ):
        assert part in text
    assert {"fr": "Tout y est", "tr": "her şey tamam"}[language] in text
    assert "SIRET, " not in text


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_card_of_a_bare_company_says_what_blocks(language: str) -> None:
    (text,) = company.card(context(language), Fact("company_card", {"profile": profile(BARE)}))
    line = next(line for line in text.splitlines() if line.startswith({"fr": "Il manque", "tr": "Hâlâ"}[language]))
    assert "SIRET" in line and "décennale" in line
    assert "IBAN" in text.splitlines()[-1]


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_every_fact_can_be_said_back(language: str) -> None:
    fields = sorted(name for name in CompanyFacts.model_fields)
    (text,) = company.updated(context(language), Fact("company_updated", {"profile": profile(FULL), "fields": fields}))
    assert len(text.splitlines()) >= len(company.GROUPS) - 2


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_an_insurance_that_ended_is_named_with_its_day(language: str) -> None:
    ended = profile(FULL, until=date(2026, 1, 31))
    (text,) = company.updated(context(language), Fact("company_updated", {"profile": ended, "fields": ["siret"]}))
    assert "31/01/2026" in text


def test_with_a_document_at_hand_its_own_question_tells_what_is_missing() -> None:
    (text,) = company.updated(
        context("fr", object()), Fact("company_updated", {"profile": profile(BARE), "fields": ["name"]})
    )
    assert "manque" not in text
