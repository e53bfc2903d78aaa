"""Documents of every kind with every fact that one of their mentions may want, and the text of their pages."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pypdf import PdfReader

from services.documents.mentions import mentions_for
from services.documents.pdf import build_view, render_pdf
from services.documents.schemas import (
    Address,
    Buyer,
    BuyerKind,
    Document,
    DocumentKind,
    DocumentReference,
    Line,
    Seller,
    Site,
    Waste,
)
from services.documents.totals import compute_totals
from tests.unit.services.documents.test_pdf import png

D = Decimal
TODAY = date(2026, 11, 21)
SERIES = {"quote": "DEVIS-2026-0049", "credit_note": "AVOIR-2026-0003"}
SELLER = Seller(
    organization_id=UUID(int=1),
    name="KB Plomberie",
    legal_form="SARL",
    capital=D(5000),
    rcs_city="Lyon",
    siret="73282932000074",
    vat_number="FR44732829320",
    vat_on_debits=True,
    address=Address(line="12 rue des Forges", postal_code="69100", city="Villeurbanne"),
    phone="+33478123456",
    email="contact@kb.example",
    insurance_status="insured",
    insurer_name="MAAF Pro",
    insurer_address="Chaban, 79180 Chauray",
    insurance_policy="A-77",
    insurance_area="France métropolitaine",
    insurance_activities="Plomberie",
    insurance_from=date(2026, 1, 1),
    insurance_until=date(2026, 12, 31),
    attestation_key="attestation.png",
    mediator_name="CM2C",
    mediator_contact="www.cm2c.example",
    rge="Qualibat RGE E-12345",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
    waste_collection_point="Déchèterie de Bron, 69500 Bron",
    waste_sorting="tri sur place, enlèvement par l'entreprise",
)
TRADER = SELLER.model_copy(update={"name": "Şükrü Öğüt", "legal_form": "EI", "vat_regime": "franchise"})
VAT_NUMBERS = {"business": "FR39356000000", "public": "FR39356000000", "foreign": "DE811193231"}


def make_line(position: int, description: str, quantity: Any, price: Any, rate: str | None, **more: Any) -> Line:
    return Line(
        position=position,
        description=description,
        chat_label=description,
        said=description,
        quantity=D(quantity),
        unit="u",
        unit_price=D(price),
        vat_rate=D(rate) if rate else None,
        **more,
    )


LINES = (
    make_line(1, "Remplacement de prises de courant", 8, 65, "10", vat_reason="old_dwelling"),
    make_line(2, "Pose d'une borne de recharge", 1, 1390, "5.5", vat_reason="energy_works"),
    make_line(3, "Radiateur d'appoint (sans pose)", 1, 189, "20", vat_reason="supply_only"),
)


def make_buyer(client: BuyerKind, **more: Any) -> Buyer:
    return Buyer(
        name="Claire Renaud",
        kind=client,
        address=Address(line="27 chemin des Vignes", postal_code="69340", city="Francheville"),
        vat_number=VAT_NUMBERS.get(client),
        siret="35600000000048" if client in ("business", "public") else None,
        **more,
    )


def make_document(kind: DocumentKind, client: BuyerKind = "consumer", *lines: Line, **more: Any) -> Document:
    """A document of a kind with every fact that one of its mentions may want."""
    facts: dict[str, Any] = {
        "number": SERIES.get(kind, "FACT-2026-0022"),
        "issue_date": TODAY,
        "buyer": make_buyer(client),
        "site": Site(address=Address(line="3 impasse du Lavoir", postal_code="69500", city="Bron")),
        "buyer_reference": "BC-4471",
        "deposit_percent": D(30) if kind in ("quote", "deposit") else None,
    }
    if kind == "quote":
        facts |= {
            "start_date": date(2026, 12, 7),
            "waste": Waste(quantity="1 m³ de gravats"),
            "retention_percent": D(5),
        }
    else:
        facts["quote_number"] = "DEVIS-2026-0049"
    if kind in ("invoice", "balance", "corrective"):
        facts |= {"service_date": date(2026, 11, 20), "retention_percent": D(5)}
    if kind == "progress":
        facts |= {"period_start": date(2026, 11, 1), "period_end": date(2026, 11, 20), "retention_percent": D(5)}
        facts["progress_number"] = 2
    if kind == "deposit":
        facts["received_on"] = date(2026, 11, 18)
    if kind in ("credit_note", "corrective"):
        facts["corrects"] = DocumentReference(kind="invoice", number="FACT-2026-0018", issue_date=date(2026, 11, 2))
    return Document(id=UUID(int=1), kind=kind, lines=list(lines or LINES), **(facts | more))


def text_of(document: Document, seller: Seller = SELLER) -> str:
    """The text of all pages, on one line with plain spaces."""
    totals = compute_totals(document)
    mentions = mentions_for(document, seller, totals, document.issue_date or TODAY)
    pdf = render_pdf(build_view(document, seller, totals, mentions, attestation=png(60, 80)))
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(words.replace("\u202f", " ").replace("\u00a0", " ").split())
