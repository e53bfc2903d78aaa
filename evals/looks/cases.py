"""The documents of the contact sheet: one for everything that is hard to lay out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from evals.looks.logos import attestation, dark_square, word_mark
from services.documents.schemas import (
    Address,
    Buyer,
    Discount,
    Document,
    DocumentKind,
    DocumentReference,
    Line,
    Prepayment,
    Progress,
    Seller,
    Site,
    VatLine,
    Waste,
)

D = Decimal
TODAY = date(2026, 11, 27)
QUOTE = DocumentReference(kind="quote", number="DEVIS-2026-0049", issue_date=date(2026, 10, 5))
INVOICE = DocumentReference(kind="invoice", number="FACT-2026-0061", issue_date=date(2026, 11, 3))
OLD_DWELLING = {"vat_reason": "old_dwelling", "vat_basis": "art. 279-0 bis du CGI"}
ENERGY = {"vat_reason": "energy_works", "vat_basis": "art. 278-0 bis A du CGI"}

COMPANY = Seller(
    organization_id=UUID(int=1),
    name="KB Plomberie",
    legal_form="SARL",
    capital=D(5000),
    rcs_city="Lyon",
    siret="81234567600017",
    vat_number="FR12812345676",
    address=Address(line="12 rue de la République", postal_code="69100", city="Villeurbanne"),
    phone="+33478123456",
    email="contact@kb-plomberie.example",
    insurance_status="insured",
    insurer_name="MAAF Pro",
    insurer_address="Chaban, 79180 Chauray",
    insurance_policy="DEC-118820",
    insurance_area="France métropolitaine",
    mediator_name="CM2C",
    mediator_contact="49 rue de Ponthieu, 75008 Paris – www.cm2c.example",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
    signature_name="Karim Benali",
    color="#1f4e5f",
)
TRADER = COMPANY.model_copy(
    update={
        "name": "Şükrü Öğüt Yapı ve Tadilat",
        "legal_form": "EI",
        "vat_regime": "franchise",
        "rcs_city": None,
        "signature_name": "Şükrü Öğüt",
        "color": "#b4471f",
        "address": Address(line="3 impasse Güneş", postal_code="67000", city="Strasbourg"),
    }
)
MASON = COMPANY.model_copy(
    update={
        "name": "Atelier Lumière & Fils",
        "legal_form": "SAS",
        "color": "#2b2f8f",
        "signature_name": "Élise Lumière",
    }
)
LONG_NAME = MASON.model_copy(
    update={
        "name": "Entreprise générale de bâtiment et de travaux publics Yılmaz, Öztürk & Frères",
        "address": Address(
            line="Zone artisanale des Grandes Terres, 1248 avenue du Maréchal de Lattre de Tassigny, bâtiment 4",
            postal_code="69800",
            city="Saint-Priest-en-Jarez-lès-Lyon",
        ),
        "email": "comptabilite.fournisseurs@entreprise-yilmaz-ozturk.example",
        "color": "#6b2737",
    }
)
CONSUMER = Buyer(
    name="Gülşah Işık",
    title="Mme",
    address=Address(line="27 chemin des Vignes", postal_code="69340", city="Francheville"),
)
BUSINESS = Buyer(
    name="BÂTI SUD Construction Rhône-Alpes",
    kind="business",
    siret="53987412300026",
    siren="539874123",
    vat_number="FR61539874123",
    address=Address(line="Parc d'activités de la Plaine, bâtiment C", postal_code="69800", city="Saint-Priest"),
    billing_address=Address(line="TSA 40215, Comptabilité fournisseurs", postal_code="69904", city="Lyon Cedex 20"),
    main_contractor=True,
)
LONG = (
    "Fourniture et pose d'une pompe à chaleur air/eau de marque Atlantic, modèle Alféa Extensa Duo A.I. 8 R32, puissance "
    "8 kW, ballon d'eau chaude sanitaire intégré de 190 litres\nDépose de la chaudière existante, raccordements "
    "hydrauliques et électriques, mise en service par un technicien agréé et explication du fonctionnement au client\n"
    "Référence constructeur : 526619-ALFEA-EXTENSA-DUO-AI-8-R32-MONOPHASE-190L"
)
WORKS = (
    ("Dépose de l'ancien carrelage", "m²", 14),
    ("Ragréage du sol", "m²", 19),
    ("Fourniture et pose de carrelage grès cérame 60 × 60", "m²", 62),
    ("Plinthes assorties", "ml", 12),
    ("Peinture des murs, deux couches", "m²", 21),
    ("Remplacement d'une prise de courant", "u", 65),
)
ROOMS = ("Salle de bains", "Cuisine", "Séjour et entrée", "Extérieur")


@dataclass(frozen=True)
class Case:
    """A document with its company and what else goes on the page."""

    name: str
    document: Document
    seller: Seller = field(default_factory=lambda: COMPANY)
    logo: bytes | None = None
    attestation: bytes | None = None
    watermark: str | None = None


def line(
    position: int, description: str, quantity: object, price: object, rate: str | None = "10", **more: Any
) -> Line:
    """A line at a price excl. VAT."""
    unit = more.pop("unit", "u")
    return Line(
        position=position,
        description=description,
        chat_label=description,
        said=description,
        quantity=D(str(quantity)),
        unit=unit,
        unit_price=D(str(price)),
        vat_rate=D(rate) if rate else None,
        **more,
    )


def document(kind: DocumentKind, lines: list[Line], **more: Any) -> Document:
    """An issued document of one kind for the consumer."""
    number = {"quote": "DEVIS-2026-0049", "credit_note": "AVOIR-2026-0003"}.get(kind, "FACT-2026-0071")
    values: dict[str, Any] = {"number": number, "issue_date": TODAY, "buyer": CONSUMER} | more
    return Document(id=UUID(int=49), kind=kind, lines=lines, **values)


def many(count: int, rooms: tuple[str, ...] = (), rate: str | None = "10", **more: Any) -> list[Line]:
    """``count`` plausible lines, spread over rooms."""
    return [
        line(
            number + 1,
            WORKS[number % len(WORKS)][0],
            D("3.5") + number,
            D(WORKS[number % len(WORKS)][2]) + D("0.5") * (number % 3),
            rate,
            unit=WORKS[number % len(WORKS)][1],
            section=rooms[number * len(rooms) // count] if rooms else None,
            **more,
        )
        for number in range(count)
    ]


def four_rates() -> list[Line]:
    """One line per rate, with the articles."""
    return [
        line(1, "Rénovation de la salle d'eau", 1, 4200, "10", unit="forfait", **OLD_DWELLING),
        line(2, "Isolation des combles en laine soufflée, R = 7", 64, 28, "5.5", unit="m²", **ENERGY),
        line(3, "Sauna intérieur posé", 1, 3900, "20", vat_basis="art. 278 du CGI"),
        line(4, "Travaux à La Réunion, dépose", 1, 480, "2.1", vat_basis="art. 296 du CGI"),
    ]


def situation(previous: str, percent: str) -> list[Line]:
    """Three lines of a contract at a cumulative percentage."""
    lines = []
    for number, (name, contracted) in enumerate(
        (("Gros œuvre", 18500), ("Couverture en tuiles", 9400), ("Enduit", 6150)), 1
    ):
        cumulative = (D(contracted) * D(percent) / 100).quantize(D("0.01"))
        before = (D(contracted) * D(previous) / 100).quantize(D("0.01"))
        progress = Progress(contracted=D(contracted), percent=D(percent), cumulative=cumulative, previous=before)
        lines.append(line(number, name, 1, cumulative - before, progress=progress, **OLD_DWELLING))
    return lines


def cases() -> Iterator[Case]:
    """All of them, in the order of the sheet."""
    deposit = Prepayment(
        number="FACT-2026-0052",
        issue_date=date(2026, 10, 12),
        total=D("1100.00"),
        vat=[VatLine(category="S", rate=D(10), base=D(1000), amount=D(100))],
    )
    yield Case(
        "01-one-line", document("invoice", [line(1, "Remplacement d'un mitigeur de lavabo", 1, 165, **OLD_DWELLING)])
    )
    yield Case(
        "02-twelve-lines",
        document(
            "quote",
            many(12, ROOMS[:2], **OLD_DWELLING),
            discount=Discount(percent=D(5)),
            deposit_percent=D(30),
            notes=["Accès par la cour, stationnement à prévoir devant l'immeuble."],
            start_date=date(2027, 1, 11),
            waste=Waste(quantity="2 m³", collection_point="Déchèterie professionnelle de Vénissieux"),
            site=Site(
                address=Address(line="3 impasse du Lavoir", postal_code="69500", city="Bron"), completed_year=1987
            ),
        ),
        logo=word_mark("KB Plomberie", "#1f4e5f"),
        attestation=attestation(),
    )
    yield Case("03-sixty-lines", document("quote", many(60, ROOMS, **OLD_DWELLING)), MASON)
    yield Case(
        "04-long-designations",
        document(
            "invoice",
            [
                line(1, LONG, 1, 14890, "5.5", discount_percent=D(8), **ENERGY),
                line(2, LONG, "1234.5", "9999.9999", **OLD_DWELLING),
            ],
            service_month="2026-11",
        ),
        MASON,
    )
    yield Case(
        "05-four-rates", document("invoice", four_rates(), service_date=date(2026, 11, 20)), logo=dark_square("KB")
    )
    yield Case(
        "06-turkish-franchise",
        document(
            "quote",
            many(5, rate=None, vat_category="E", vat_reason="franchise"),
            buyer=Buyer(name="Çağlar Şahin", title="M."),
        ),
        TRADER,
    )
    yield Case(
        "07-reverse-charge",
        document(
            "invoice",
            many(4, rate=None, vat_category="AE", vat_reason="reverse_charge", vat_basis="art. 283-2 nonies du CGI"),
            buyer=BUSINESS,
            buyer_reference="CMD-88412/B",
            service_month="2026-11",
            site=Site(
                address=Address(line="ZAC des Gaulnes", postal_code="69330", city="Meyzieu"), subcontracting=True
            ),
        ),
        MASON,
        logo=dark_square("AL"),
    )
    yield Case(
        "08-situation",
        document(
            "progress",
            situation("30", "60"),
            buyer=BUSINESS.model_copy(update={"main_contractor": False}),
            progress_number=2,
            progress_percent=D(60),
            quote_number=QUOTE.number,
            period_start=date(2026, 11, 1),
            period_end=date(2026, 11, 30),
            prepayments=[deposit],
            retention_percent=D(5),
        ),
        logo=word_mark("KB Plomberie", "#1f4e5f"),
    )
    yield Case(
        "09-balance",
        document(
            "balance",
            many(9, **OLD_DWELLING),
            quote_number=QUOTE.number,
            prepayments=[
                deposit,
                deposit.model_copy(update={"number": "FACT-2026-0058", "issue_date": date(2026, 10, 30)}),
            ],
            service_date=date(2026, 11, 24),
        ),
        MASON,
        logo=word_mark("Lumière", "#2b2f8f"),
    )
    yield Case(
        "10-credit-note", document("credit_note", many(2, **OLD_DWELLING), corrects=INVOICE), logo=dark_square("KB")
    )
    yield Case(
        "11-corrective",
        document(
            "corrective", many(3, **OLD_DWELLING), corrects=INVOICE, buyer=BUSINESS, buyer_reference="CMD-88412/B"
        ),
        LONG_NAME,
        logo=word_mark("Yılmaz & Öztürk", "#6b2737"),
    )
    mixed = many(2, **OLD_DWELLING) + many(3, rate=None, vat_category="AE", vat_basis="art. 283-2 nonies du CGI")[2:]
    yield Case("12-mixed-categories", document("invoice", mixed, buyer=BUSINESS), LONG_NAME)
    yield Case(
        "13-deposit",
        document(
            "deposit",
            [line(1, "Acompte de 30 % sur le devis DEVIS-2026-0049", 1, 1266, unit="forfait", **OLD_DWELLING)],
            quote_number=QUOTE.number,
            deposit_percent=D(30),
            received_on=TODAY,
        ),
    )
    yield Case(
        "14-amendment-draft",
        document(
            "quote",
            many(3, **OLD_DWELLING),
            amends=QUOTE,
            number=None,
            issue_date=None,
            discount=Discount(amount=D(40)),
        ),
        MASON,
        watermark="BROUILLON",
    )
