"""Which VAT a line gets: who sells, who buys, what is built, how old the building is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.documents.schemas import Buyer, BuyerKind, Seller, Site, VatRegime
from services.documents.vat import VatProposal, propose_vat

D = Decimal
TODAY = date(2026, 11, 21)


def propose(
    said: str,
    french: str = "",
    *,
    site: Site | None = None,
    buyer_kind: BuyerKind = "consumer",
    buyer: Buyer | None = None,
    regime: VatRegime = "standard",
    on: date = TODAY,
    **more: Any,
) -> VatProposal:
    seller = Seller(organization_id=UUID(int=1), name="Bâti Rhône", vat_regime=regime)
    who = buyer or Buyer(name="Client", kind=buyer_kind)
    return propose_vat(said, french, seller=seller, buyer=who, site=site or Site(), on=on, **more)


@pytest.mark.parametrize(
    ("said", "french", "site", "rate", "reason"),
    [
        ("la pose 420", "Pose et raccordement du chauffe-eau", Site(age_years=20), "10", "old_dwelling"),
        ("ouverture mur porteur", "Ouverture dans mur porteur", Site(completed_year=1975), "10", "old_dwelling"),
        ("plinthes", "Plinthes", Site(), "10", "old_dwelling_assumed"),
        ("küvet sökümü", "Dépose de la baignoire", Site(age_years=30), "10", "old_dwelling"),
        (
            "borne de recharge 7,4 kW",
            "Fourniture et pose d'une borne",
            Site(completed_year=2014),
            "5.5",
            "energy_works",
        ),
        ("radiateur d'appoint fourni sans pose", "", Site(completed_year=2014), "20", "supply_only"),
        ("elektrikli radyatör montajsız", "Fourniture d'un radiateur", Site(), "20", "supply_only"),
        (
            "VMC hygro montaj dahil",
            "Fourniture et pose d'une VMC",
            Site(completed_on=date(2024, 3, 1)),
            "5.5",
            "energy_works",
        ),
        ("tableau değişimi", "Remplacement du tableau", Site(completed_on=date(2024, 3, 1)), "10", "old_dwelling"),
        ("tableau", "Tableau électrique", Site(completed_on=date(2024, 11, 21)), "20", "new_building"),
        ("tableau", "Tableau électrique", Site(completed_on=date(2024, 11, 20)), "10", "old_dwelling"),
        ("carrelage", "Pose de carrelage", Site(premises="new_build"), "20", "new_building"),
        ("carrelage", "Pose de carrelage", Site(age_years=1), "20", "new_building"),
        ("peinture", "Peinture des murs", Site(premises="business"), "20", "business_premises"),
        ("ısı pompası montajı", "Pose d'une pompe à chaleur air/eau", Site(), "5.5", "energy_works"),
        ("remplacement chaudière gaz par une pac air/eau", "", Site(), "5.5", "energy_works"),
        ("chaudière gaz à condensation", "Pose d'une chaudière gaz", Site(age_years=30), "20", "fossil_boiler"),
        ("kombi değişimi", "Remplacement de la chaudière", Site(age_years=30), "20", "fossil_boiler"),
        ("kombi bakımı", "Entretien de la chaudière", Site(age_years=30), "10", "old_dwelling"),
        ("depose et remplacement chaudiere fioul", "", Site(age_years=30), "20", "fossil_boiler"),
        ("chaudière à granulés", "Pose d'une chaudière à granulés", Site(), "5.5", "energy_works"),
        ("pac hybride", "Pose d'une pompe à chaleur hybride", Site(), "20", "fossil_boiler"),
        ("klima montajı", "Pose d'une climatisation", Site(), "20", "excluded_works"),
        ("isolation phonique cloison", "Isolation phonique", Site(), "10", "old_dwelling_assumed"),
        ("su yalıtımı", "Étanchéité de la terrasse", Site(), "10", "old_dwelling_assumed"),
        ("vanne d'isolement", "Vanne d'isolement", Site(), "10", "old_dwelling_assumed"),
        ("panneaux solaires 12 kWc", "", Site(), "20", "excluded_works"),
        ("tonte pelouse", "Tonte de la pelouse", Site(), "20", "excluded_works"),
        ("fenêtre PVC", "Pose d'une fenêtre PVC", Site(), "10", "old_dwelling_assumed"),
    ],
)
def test_the_rate_of_a_line(said: str, french: str, site: Site, rate: str, reason: str) -> None:
    proposal = propose(said, french, site=site)
    assert (str(proposal.rate), proposal.reason, proposal.category) == (rate, reason, "S")
    assert not proposal.question


@pytest.mark.parametrize(
    ("said", "rate", "doubt"),
    [
        ("le sarking 68 m2 à 55", "5.5", "insulation_r:6"),
        ("Isolation par l'extérieur (sarking), R = 6,5", "5.5", None),
        ("sarking r 5", "10", None),
        ("isolation des combles perdus R7", "5.5", None),
        ("isolation des combles", "5.5", "insulation_r:7"),
        ("çatı yalıtımı", "5.5", "insulation_r:7"),
        ("mantolama", "5.5", "insulation_r:3.7"),
        ("fenêtre double vitrage uw 1,3", "5.5", None),
        ("fenêtre double vitrage uw 1.6", "10", None),
        ("fenêtre double vitrage", "5.5", "window_uw:1.3"),
        ("panneaux photovoltaïques 6 kWc", "5.5", None),
        ("surélévation en ossature bois", "20", "floor_area:10"),
    ],
)
def test_a_condition_that_was_not_said_is_a_doubt(said: str, rate: str, doubt: str | None) -> None:
    proposal = propose(said, site=Site(completed_year=1955))
    assert (str(proposal.rate), proposal.doubt) == (rate, doubt)


@pytest.mark.parametrize("site", [Site(age_years=2), Site(completed_year=2024)])
def test_two_years_old_is_asked_because_the_rate_changes(site: Site) -> None:
    panel = propose("tableau değişimi", "Remplacement du tableau électrique", site=site)
    fan = propose("VMC hygro montaj dahil", site=site)
    assert (panel.question, panel.rate, panel.alternative_rate) == ("building_age", D(10), D(20))
    assert (fan.question, fan.rate, fan.alternative_rate) == ("building_age", D("5.5"), D(20))


@pytest.mark.parametrize("said", ["radiateur sans pose", "kombi değişimi"])
def test_two_years_old_is_not_asked_when_the_rate_is_the_same(said: str) -> None:
    assert not propose(said, site=Site(age_years=2)).question


def test_a_company_in_its_premises_pays_the_normal_rate() -> None:
    for kind in ("business", "public"):
        assert propose("peinture", buyer_kind=kind).reason == "business_premises"
        assert propose("isolation R 7", buyer_kind=kind, site=Site(completed_year=1975)).rate == D(20)
        landlord = propose("peinture", buyer_kind=kind, site=Site(premises="dwelling"))
        assert (landlord.rate, landlord.reason) == (D(10), "old_dwelling_assumed")


def test_franchise_comes_before_everything() -> None:
    proposal = propose("sarking", regime="franchise", site=Site(subcontracting=True))
    assert (proposal.category, proposal.rate, proposal.reason) == ("E", D(0), "franchise")


def test_subcontracting_is_reverse_charge_except_for_bare_supply() -> None:
    site = Site(subcontracting=True)
    works = propose("parpaing", "Maçonnerie de parpaings", buyer_kind="business", site=site)
    assert (works.category, works.rate, works.reason) == ("AE", D(0), "reverse_charge")
    assert propose("parpaing sadece malzeme", buyer_kind="business", site=site).reason == "supply_only"


def test_overseas_rates() -> None:
    assert propose("peinture", default_rate=D("8.5")).rate == D("2.1")
    assert propose("peinture", default_rate=D("8.5"), buyer_kind="business").rate == D("8.5")


def test_rules_start_on_their_date() -> None:
    before = propose("chaudière gaz", site=Site(age_years=30), on=date(2025, 2, 28))
    assert before.rate == D(10)


def test_a_building_finished_on_a_leap_day() -> None:
    site = Site(completed_on=date(2024, 2, 29))
    assert propose("peinture", site=site, on=date(2026, 2, 28)).reason == "new_building"
    assert propose("peinture", site=site, on=date(2026, 3, 1)).reason == "old_dwelling"
