"""The legal mentions of each kind of document, by seller, buyer and date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.documents.identity import printed_name
from services.documents.mentions import mentions_for
from services.documents.schemas import Address, Buyer, Document, DocumentReference, Line, Seller, Waste
from services.documents.totals import compute_totals

D = Decimal
TODAY = date(2026, 11, 21)
COMPANY = Seller(
    organization_id=UUID(int=1),
    name="KB Plomberie",
    legal_form="SARL",
    capital=D(5000),
    rcs_city="Lyon",
    siret="81234567600017",
    vat_number="FR12812345676",
    address=Address(line="12 rue de la République", postal_code="69100", city="Villeurbanne"),
    insurer_name="MAAF Pro",
    insurer_address="Chaban, 79180 Chauray",
    insurance_policy="A-77",
    insurance_area="France métropolitaine",
    mediator_name="CM2C",
    mediator_contact="www.cm2c.example",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
)


def make_line(rate: str | None = "10", category: str = "S", **more: Any) -> Line:
    return Line(
        position=1,
        description="Travaux",
        chat_label="Travaux",
        said="travaux",
        quantity=D(1),
        unit_price=D(100),
        vat_rate=D(rate) if rate else None,
        vat_category=category,
        **more,
    )


def make_document(*lines: Line, kind: str = "quote", buyer: str = "consumer", **more: Any) -> Document:
    client = Buyer(name="Renaud Claire", title="Mme" if buyer == "consumer" else None, kind=buyer)
    more = {"issue_date": TODAY, "number": "X-1"} | more
    return Document(id=UUID(int=1), kind=kind, buyer=client, lines=list(lines) or [make_line()], **more)


def texts(document: Document, seller: Seller = COMPANY, on: date = TODAY) -> dict[str, str]:
    found = mentions_for(document, seller, compute_totals(document), on)
    return {mention.code: mention.text.replace("\u00a0", " ").replace("\u202f", " ") for mention in found}


def test_a_quote_for_a_consumer() -> None:
    printed = texts(make_document())
    assert printed["seller_identity"] == (
        "KB Plomberie, SARL au capital de 5 000 € – 12 rue de la République, 69100 Villeurbanne"
    )
    assert printed["seller_registration"] == (
        "SIREN 812 345 676 – SIRET 812 345 676 00017 – RCS Lyon – TVA intracommunautaire FR12812345676"
    )
    assert printed["signature"] == "Bon pour accord / Devis reçu avant l'exécution des travaux"
    assert printed["validity"] == "Devis gratuit, valable 30 jours, jusqu'au 21/12/2026"
    assert printed["insurance"] == (
        "Assurance décennale et responsabilité professionnelle : MAAF Pro, Chaban, 79180 Chauray – contrat n° A-77"
        " – couverture géographique : France métropolitaine"
    )
    assert printed["mediator"] == "Médiateur de la consommation : CM2C, www.cm2c.example"
    assert "quantité totale estimée" in printed["waste"]
    assert not {"due_date", "iban", "recovery_fee", "payment_means", "late_penalties"} & printed.keys()


def test_a_sole_trader_carries_ei_and_neither_capital_nor_form() -> None:
    trader = Seller(organization_id=UUID(int=1), name="Şükrü Öğüt", legal_form="Micro-entreprise", capital=D(1))
    assert printed_name(trader) == "Şükrü Öğüt EI"
    assert printed_name(trader.model_copy(update={"name": "EI Öğüt"})) == "EI Öğüt"
    assert texts(make_document(), trader)["seller_identity"] == "Şükrü Öğüt EI"


@pytest.mark.parametrize(
    ("rates", "code", "ends"),
    [
        (["10", "20"], "vat_certification", "supérieure à 10 %."),
        (["5.5"], "vat_certification_energy", "et qu'ils ont la nature de travaux de rénovation énergétique."),
        (["10", "5.5"], "vat_certification_mixed", "qu'ils ont la nature de travaux de rénovation énergétique."),
    ],
)
def test_reduced_rates_are_certified_by_the_client(rates: list[str], code: str, ends: str) -> None:
    printed = texts(make_document(*(make_line(rate) for rate in rates)))
    certified = [name for name in printed if name.startswith("vat_certification")]
    assert certified == [code]
    assert printed[code].startswith(
        "Je soussigné(e) Mme Renaud Claire certifie, en qualité de preneur de la prestation"
    )
    assert "achevés depuis plus de deux ans" in printed[code]
    assert printed[code].endswith(ends)


def test_an_invoice_from_a_quote_refers_to_its_certification() -> None:
    printed = texts(make_document(kind="invoice", quote_number="DEVIS-2026-0042"))
    assert printed["vat_certification_on_quote"].endswith("devis n° DEVIS-2026-0042")
    assert "vat_certification" not in printed
    assert "vat_certification" in texts(make_document(kind="invoice"))


def test_no_certification_at_the_normal_rate() -> None:
    assert not [code for code in texts(make_document(make_line("20"))) if code.startswith("vat_")]


def test_franchise() -> None:
    seller = COMPANY.model_copy(update={"vat_regime": "franchise"})
    printed = texts(make_document(make_line(None, "E")), seller)
    assert printed["vat_franchise"] == "TVA non applicable, article 293 B du CGI"
    assert "TVA intracommunautaire" not in printed["seller_registration"]


def test_reverse_charge() -> None:
    printed = texts(make_document(make_line(None, "AE"), kind="invoice", buyer="business"))
    assert printed["reverse_charge"].startswith("Autoliquidation")


def test_an_invoice_for_a_company() -> None:
    printed = texts(make_document(make_line("20"), kind="invoice", buyer="business"))
    assert printed["due_date"] == "À régler au plus tard le 21/12/2026"
    assert printed["iban"] == "IBAN FR76 3000 6000 0112 3456 7890 189"
    assert printed["bic"] == "BIC AGRIFRPP"
    assert "12,40 %" in printed["late_penalties"]
    assert printed["no_early_discount"] == "Pas d'escompte pour paiement anticipé"
    assert printed["recovery_fee"].endswith(": 40 €")
    assert printed["operation_category"] == "Catégorie de l'opération : prestation de services"
    assert not {"mediator", "signature", "waste", "validity"} & printed.keys()


def test_forty_euros_are_never_asked_from_a_consumer() -> None:
    printed = texts(make_document(make_line("20"), kind="invoice"))
    assert not {"recovery_fee", "late_penalties", "no_early_discount"} & printed.keys()
    assert "mediator" in printed


def test_a_public_buyer_has_its_own_late_rate() -> None:
    printed = texts(make_document(make_line("20"), kind="invoice", buyer="public"))
    assert "8 points" in printed["late_penalties_public"]
    assert "late_penalties" not in printed


@pytest.mark.parametrize(
    ("on", "figure"), [(date(2026, 6, 30), "12,15 %"), (date(2026, 7, 1), "12,40 %"), (date(2027, 1, 1), None)]
)
def test_dated_texts(on: date, figure: str | None) -> None:
    text = texts(make_document(make_line("20"), kind="invoice", buyer="business"), on=on)["late_penalties"]
    assert (figure in text) if figure else ("%" not in text)


@pytest.mark.parametrize(
    ("reasons", "category"),
    [
        (["supply_only"], "livraison de biens"),
        (["supply_only", "old_dwelling"], "livraison de biens et prestation de services"),
    ],
)
def test_category_of_the_operation(reasons: list[str], category: str) -> None:
    lines = [make_line("20", vat_reason=reason) for reason in reasons]
    printed = texts(make_document(*lines, kind="invoice"))
    assert printed["operation_category"] == f"Catégorie de l'opération : {category}"


def test_waste_says_what_is_known() -> None:
    printed = texts(make_document(waste=Waste(quantity="2 m³ de gravats", collection_point="déchèterie de Bron")))
    assert "quantité totale estimée : 2 m³ de gravats" in printed["waste"]
    assert "point de collecte : déchèterie de Bron" in printed["waste"]


def test_a_credit_note_names_its_invoice() -> None:
    document = make_document(
        make_line("20"),
        kind="credit_note",
        corrects=DocumentReference(kind="invoice", number="FACT-2026-0018", issue_date=date(2026, 11, 2)),
    )
    printed = texts(document)
    assert printed["credit_reference"] == "Avoir sur facture n° FACT-2026-0018 du 02/11/2026"
    assert "due_date" not in printed


def test_payment_terms_of_a_quote() -> None:
    on_receipt = texts(make_document(due_days=0))["quote_payment_terms"]
    assert on_receipt == "Paiement : à réception de facture, par virement bancaire"
    assert "45 jours" in texts(make_document(due_days=45))["quote_payment_terms"]


def test_an_empty_profile_prints_what_it_can() -> None:
    seller = Seller(organization_id=UUID(int=1), name="X")
    document = Document(id=UUID(int=1), kind="invoice")
    codes = {mention.code for mention in mentions_for(document, seller, compute_totals(document), TODAY)}
    assert codes == {"seller_identity", "operation_category", "payment_means"}
