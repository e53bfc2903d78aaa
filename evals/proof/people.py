"""Companies, clients and sites as they are found: complete, of every legal form, in every territory."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from evals.proof import words
from evals.proof.draw import Draw
from evals.proof.regimes import Regime
from services.clients.identifiers import french_vat_number
from services.documents.schemas import Address, Buyer, BuyerKind, Seller, Site

_IBANS = ("FR7630006000011234567890189", "FR1420041010050500013M02606", "DE89370400440532013000")
_COLORS = (None, "#1f4e5f", "#7a1f3d", "#ffdd00", "#000000", "#2d6a4f")
_FOREIGN = (("Freiburg", "79098", "DE", "DE136695976"), ("Bruxelles", "1000", "BE", "BE0428759497"))
_FARAWAY = (("Genève", "1201", "CH"), ("İstanbul", "34000", "TR"))


def a_seller(draw: Draw, regime: Regime) -> Seller:
    """A company that the law lets issue, under the VAT regime given."""
    siret = draw.siret()
    sole_trader = regime.franchise or draw.chance(40)
    insurer = draw.pick(words.INSURERS)
    name = a_person(draw) if sole_trader and draw.chance(60) else draw.pick(words.COMPANIES)
    template = draw.pick(("sober", "modern", "compact"))
    seller = Seller(
        organization_id=draw.key(),
        name=name,
        legal_form="EI" if sole_trader else draw.pick(("SARL", "SAS", "EURL", "SASU")),
        capital=None if sole_trader else draw.number(1, 200000, draw.pick((0, 2))),
        rcs_city=None if sole_trader else draw.pick(words.TOWNS)[1],
        siret=siret,
        vat_number=None if regime.franchise else french_vat_number(siret),
        address=an_address(draw, regime.towns),
        phone="+33478123456" if draw.chance(80) else None,
        email="contact@artisan.example" if draw.chance(70) else None,
        vat_regime="franchise" if regime.franchise else "standard",
        vat_on_debits=regime.on_debits,
        mediator_name="Médiation Conso Bâtiment",
        mediator_contact="14 rue Saint-Jean, 75017 Paris, mediation.example",
        rge="QualiPAC n° 12345" if draw.chance(30) else None,
        iban=draw.pick(_IBANS) if draw.chance(85) else None,
        bic="AGRIFRPP" if draw.chance(50) else None,
        waste_collection_point="Déchèterie professionnelle de Vaulx" if draw.chance(50) else None,
        color=draw.pick(_COLORS),
        template=template,
        signature_name=a_person(draw) if draw.chance(60) else None,
    )
    if draw.chance(10):
        return seller.model_copy(update={"insurance_status": "not_required"})
    insured = {
        "insurance_status": "insured",
        "insurer_name": insurer[0],
        "insurer_address": insurer[1],
        "insurance_policy": insurer[2],
        "insurance_area": insurer[3],
        "insurance_from": date(2026, 1, 1),
        "insurance_until": date(2028, 12, 31),
    }
    return seller.model_copy(update=insured)


def a_person(draw: Draw) -> str:
    return f"{draw.pick(words.FIRST_NAMES)} {draw.pick(words.LAST_NAMES)}"


def an_address(draw: Draw, towns: tuple[tuple[str, str], ...]) -> Address:
    code, city = draw.pick(towns)
    return Address(line=draw.pick(words.STREETS), postal_code=code, city=city)


def a_buyer(draw: Draw, regime: Regime) -> Buyer:
    """A client of a kind that the regime allows, with the identifiers that kind must have."""
    kind = draw.pick(regime.buyers)
    return _named(draw, regime, kind) if kind != "foreign" else _foreign(draw, regime)


def _named(draw: Draw, regime: Regime, kind: BuyerKind) -> Buyer:
    address = an_address(draw, regime.towns)
    billing = an_address(draw, words.TOWNS) if draw.chance(15) else None
    if kind == "consumer":
        return Buyer(
            name=draw.pick(words.NASTY) + " Öğüt" if draw.chance(3) else a_person(draw),
            title=draw.pick(("M.", "Mme", None)),
            address=address,
            billing_address=billing,
            email="client@example.org" if draw.chance(40) else None,
            phone="+33612345678" if draw.chance(60) else None,
        )
    siret = draw.siret()
    known = draw.chance(85) or regime.needs_vat_number or kind == "public"
    return Buyer(
        name=draw.pick(words.PUBLIC_BODIES if kind == "public" else words.COMPANIES),
        kind=kind,
        address=address,
        billing_address=billing,
        siret=siret if known else None,
        siren=siret[:9] if known and draw.chance(30) else None,
        vat_number=french_vat_number(siret) if known and (regime.needs_vat_number or draw.chance(60)) else None,
        einvoicing_address=f"{siret[:9]}_{siret}" if known and draw.chance(30) else None,
        email="compta@client.example" if draw.chance(50) else None,
        main_contractor=regime.subcontracting,
        small_business=kind == "business" and draw.chance(20),
    )


def _foreign(draw: Draw, regime: Regime) -> Buyer:
    """In the European Union with a VAT number, or beyond it."""
    if regime.needs_vat_number:
        city, code, country, vat_number = draw.pick(_FOREIGN)
        number: str | None = vat_number
    else:
        (city, code, country), number = draw.pick(_FARAWAY), None
    address = Address(line=draw.pick(words.STREETS), postal_code=code, city=city, country=country)
    return Buyer(name=draw.pick(words.COMPANIES), kind="foreign", address=address, vat_number=number)


def a_site(draw: Draw, regime: Regime, reduced: bool) -> Site:
    """Where the works are; what is told of the building never contradicts the rates."""
    elsewhere = an_address(draw, regime.towns) if draw.chance(30) else Address()
    told = draw.weighted({"nothing": 50, "year": 30, "day": 20}) if reduced else "nothing"
    return Site(
        address=elsewhere,
        premises="dwelling" if reduced and draw.chance(50) else None,
        completed_year=draw.whole(1850, 2015) if told == "year" else None,
        completed_on=date(2011, 5, 3) if told == "day" else None,
        dwelling_share=Decimal(60) if draw.chance(3) else None,
        subcontracting=regime.subcontracting,
    )
