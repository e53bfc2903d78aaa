"""What no combination of facts may break (hypothesis): the law before the lexicon (legal.md §6, §7)."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from services.documents.schemas import Address, Buyer, BuyerKind, Premises, Site, Territory
from services.documents.vat import VatProposal, propose_vat
from services.documents.vat_rates import rates_of, territory_of
from tests.unit.services.documents.vat_cases import TODAY, labelled, seller

WORDS = [case.words for language in ("fr", "tr") for case in labelled(language)]
UNTAXED = ("guyane", "mayotte")
FOSSIL = [
    "chaudiere gaz posee",
    "remplacement chaudiere fioul",
    "yeni kombi montaji",
    "pac hybride gaz",
    "kombi degisimi",
]

sites = st.builds(
    Site,
    premises=st.sampled_from([None, *get_args(Premises)]),
    dwelling_share=st.none() | st.integers(0, 100).map(Decimal),
    territory=st.sampled_from([None, *get_args(Territory)]),
    completed_year=st.none() | st.integers(1900, 2027),
    age_years=st.none() | st.integers(0, 200),
    subcontracting=st.booleans(),
    address=st.builds(Address, postal_code=st.sampled_from([None, "69003", "20000", "97110", "97300", "97400"])),
)
buyers = st.none() | st.builds(
    Buyer,
    name=st.sampled_from(["Petit", "Syndic Foncia", "SCI Les Pins", "Bouygues"]),
    kind=st.sampled_from(get_args(BuyerKind)),
    main_contractor=st.booleans(),
    vat_number=st.sampled_from([None, "FR40303265045", "BE0428759497"]),
    address=st.builds(
        Address, postal_code=st.sampled_from([None, "33000", "97200"]), country=st.sampled_from(["FR", "BE", "CH"])
    ),
)
regimes = st.sampled_from(["standard", "franchise"])
words = st.sampled_from(WORDS)


def _propose(said: str, buyer: Buyer | None, site: Site, regime: str = "standard") -> VatProposal:
    return propose_vat(said, "", seller=seller(regime), buyer=buyer, site=site, on=TODAY)


def _normal(buyer: Buyer | None, site: Site) -> Decimal | None:
    return rates_of(territory_of(seller(), buyer, site), TODAY).normal


def _taxed_below_normal(proposal: VatProposal, buyer: Buyer | None, site: Site) -> bool:
    normal = _normal(buyer, site)
    return proposal.category == "S" and normal is not None and proposal.rate < normal


@given(words, buyers, sites, regimes)
def test_every_proposal_is_a_lawful_whole(said: str, buyer: Buyer | None, site: Site, regime: str) -> None:
    proposal = _propose(said, buyer, site, regime)
    rates = rates_of(territory_of(seller(), buyer, site), TODAY)
    assert proposal.basis
    if proposal.category == "S":
        assert proposal.rate in rates.all
    else:
        assert proposal.rate == 0 and proposal.doubt is None and proposal.question is None
    if proposal.question is not None:
        assert proposal.alternative_rate != proposal.rate


@given(words, buyers, sites)
def test_a_seller_without_vat_never_charges_any(said: str, buyer: Buyer | None, site: Site) -> None:
    proposal = _propose(said, buyer, site, "franchise")
    assert (proposal.category, proposal.rate, proposal.reason) == ("E", 0, "franchise")
    assert proposal.basis == "art. 293 B du CGI"


@given(words, buyers, sites)
def test_no_vat_where_there_is_none(said: str, buyer: Buyer | None, site: Site) -> None:
    proposal = _propose(said, buyer, site.model_copy(update={"territory": "guyane"}))
    assert (proposal.category, proposal.reason, proposal.basis) == ("E", "untaxed_territory", "art. 294 du CGI")


@given(words, buyers.filter(lambda buyer: buyer is not None), sites)
def test_a_main_contractor_never_gets_a_reduced_rate(said: str, buyer: Buyer, site: Site) -> None:
    builder = buyer.model_copy(update={"main_contractor": True, "kind": "business"})
    assert not _taxed_below_normal(_propose(said, builder, site), builder, site)


@given(words, buyers, sites, st.sampled_from(["business", "new_build"]))
def test_business_premises_and_new_buildings_never_get_one(
    said: str, buyer: Buyer | None, site: Site, premises: str
) -> None:
    told = site.model_copy(update={"premises": premises})
    if territory_of(seller(), buyer, told) != "corse":
        assert not _taxed_below_normal(_propose(said, buyer, told), buyer, told)


@given(words, buyers, sites, st.integers(0, 1))
def test_a_dwelling_of_less_than_two_years_never_gets_one(said: str, buyer: Buyer | None, site: Site, age: int) -> None:
    told = site.model_copy(update={"completed_year": TODAY.year - age, "premises": "dwelling"})
    if territory_of(seller(), buyer, told) != "corse":
        assert not _taxed_below_normal(_propose(said, buyer, told), buyer, told)


@given(st.sampled_from(FOSSIL), buyers, sites)
def test_a_fossil_boiler_never_gets_one(said: str, buyer: Buyer | None, site: Site) -> None:
    assert not _taxed_below_normal(_propose(said, buyer, site), buyer, site)


@given(words, buyers, sites)
def test_bare_supply_never_gets_one(said: str, buyer: Buyer | None, site: Site) -> None:
    proposal = _propose(f"{said} fourniture seule", buyer, site)
    assert not _taxed_below_normal(proposal, buyer, site)
    assert proposal.category != "AE"


@given(words, buyers, sites)
def test_reverse_charge_only_where_subcontracting_was_told(said: str, buyer: Buyer | None, site: Site) -> None:
    proposal = _propose(said, buyer, site)
    assert proposal.category != "AE" or site.subcontracting


@given(words, buyers, sites, st.integers(0, 49).map(Decimal))
def test_less_than_half_lived_in_is_asked_or_doubted_not_reduced(
    said: str, buyer: Buyer | None, site: Site, share: Decimal
) -> None:
    told = site.model_copy(update={"premises": "mixed", "dwelling_share": share})
    proposal = _propose("reprise couverture", buyer, told)
    if territory_of(seller(), buyer, told) != "corse":
        assert not _taxed_below_normal(proposal, buyer, told)
