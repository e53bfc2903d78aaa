"""The matrix of legal mentions (legal.md §14): what each kind of document tells each type of client, read in the PDF.

A cell has four marks, for a consumer, a business, a public body and a foreign client: M must, o if applicable (it is
here: the documents below have every fact), - never, . not looked at. M and o are found in the text of the rendered page,
- is not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import pytest
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
    Prepayment,
    Seller,
    Site,
    Waste,
)
from services.documents.totals import compute_totals
from tests.unit.services.documents.test_pdf import png

D = Decimal
TODAY = date(2026, 11, 21)

MATRIX = """
mention                                   | devis | facture | acompte | avoir
seller: name, form, capital, address      | MMMM  | MMMM    | MMMM    | MMMM
seller: SIREN, SIRET, RCS                 | MMMM  | MMMM    | MMMM    | MMMM
seller: VAT number                        | oooo  | MMMM    | MMMM    | MMMM
client: name and address                  | MMMM  | MMMM    | MMMM    | MMMM
client: SIREN or VAT number               | -ooo  | -MMM    | -MMM    | -MMM
number of its own series                  | MMMM  | MMMM    | MMMM    | MMMM
issue date                                | MMMM  | MMMM    | MMMM    | MMMM
place of the works                        | MMMM  | MMMM    | MMMM    | MMMM
works planned                             | MMMM  | ----    | ----    | ----
works done                                | ----  | MMMM    | ----    | ----
day the deposit was received              | ----  | ----    | MMMM    | ----
invoice that is credited                  | ----  | ----    | ----    | MMMM
validity, free quote                      | Mooo  | ----    | ----    | ----
quantity, unit, price, rate, total HT     | MMMM  | MMMM    | MMMM    | MMMM
VAT per rate, total TTC                   | MMMM  | MMMM    | MMMM    | MMMM
goods, services or both                   | oooo  | MMMM    | MMMM    | MMMM
option for VAT on debits                  | ----  | oooo    | oooo    | oooo
certification of the reduced rates        | oooo  | ....    | ....    | ----
certified on the quote                    | ----  | oooo    | oooo    | ----
due date                                  | ----  | MMMM    | MMMM    | ----
payment terms                             | oooo  | ----    | ----    | ----
means of payment                          | oooo  | MMMM    | MMMM    | ----
bank account                              | ----  | MMMM    | MMMM    | ----
late penalties: ECB + 10 points           | -o--  | -M--    | -M--    | ----
late penalties: ECB + 8 points            | --o-  | --M-    | --M-    | ----
no discount for early payment             | -oo-  | -MM-    | -MM-    | ----
recovery fee of 40 €                      | -oo-  | -MM-    | -MM-    | ----
insurance: company, area, validity        | MMMM  | MMMM    | MMMM    | oooo
insurance: attestation joined             | MMMM  | MMMM    | MMMM    | oooo
waste                                     | MMMM  | ----    | ----    | ----
withdrawal: information                   | M---  | ----    | ----    | ----
withdrawal: form                          | M---  | ----    | ----    | ----
withdrawal: early start requested         | M---  | ----    | ----    | ----
no payment within seven days              | M---  | ----    | ----    | ----
mediator                                  | M---  | M---    | M---    | o---
deposit asked at the order                | oooo  | ----    | ----    | ----
a deposit is no "arrhes"                  | o---  | ----    | o---    | ----
deposit: quote it is for                  | ----  | ....    | MMMM    | ....
retention guarantee                       | oooo  | oooo    | ----    | ----
legal guarantees                          | M---  | ----    | ----    | ----
RGE label for energy works                | oooo  | oooo    | oooo    | ----
order number of the client                | oooo  | oooo    | oooo    | oooo
signature                                 | MMMM  | ----    | ----    | ----
"""
CLIENTS: tuple[BuyerKind, ...] = ("consumer", "business", "public", "foreign")
KINDS: dict[DocumentKind, str] = {
    "quote": "devis",
    "invoice": "facture",
    "progress": "facture",
    "balance": "facture",
    "corrective": "facture",
    "deposit": "acompte",
    "credit_note": "avoir",
}
SERIES = {"quote": "DEVIS-2026-0049", "credit_note": "AVOIR-2026-0003"}
PROBES: dict[str, tuple[str, ...]] = {
    "seller: name, form, capital, address": (
        "KB Plomberie, SARL au capital de 5 000 € – 12 rue des Forges, 69100 Villeurbanne",
    ),
    "seller: SIREN, SIRET, RCS": ("SIREN 732 829 320 – SIRET 732 829 320 00074 – RCS Lyon",),
    "seller: VAT number": ("TVA intracommunautaire FR44732829320",),
    "client: name and address": ("Claire Renaud", "27 chemin des Vignes", "69340 Francheville"),
    "client: SIREN or VAT number": ("TVA {vat_number}",),
    "number of its own series": ("{number}",),
    "issue date": ("Date 21/11/2026",),
    "place of the works": ("3 impasse du Lavoir", "69500 Bron"),
    "works planned": ("Travaux prévus à partir du 07/12/2026",),
    "works done": ("{done}",),
    "day the deposit was received": ("reçu le 18/11/2026",),
    "invoice that is credited": ("Avoir sur facture n° FACT-2026-0018 du 02/11/2026",),
    "validity, free quote": ("Devis gratuit", "valable 30 jours", "jusqu'au 21/12/2026"),
    "quantity, unit, price, rate, total HT": ("8 u 65,00 10 % 520,00",),
    "VAT per rate, total TTC": ("10 % 520,00 52,00", "5,5 % 1 390,00 76,45", "20 % 189,00 37,80", "2 265,25 €"),
    "goods, services or both": ("Catégorie de l'opération : livraison de biens et prestation de services",),
    "option for VAT on debits": ("Option pour le paiement de la taxe d'après les débits",),
    "certification of the reduced rates": (
        "certifie, en qualité de preneur de la prestation",
        "et, pour les travaux soumis au taux de 5,5 %, qu'ils ont la nature de travaux de rénovation énergétique",
    ),
    "certified on the quote": (
        "Taux réduit de TVA appliqué selon la certification du client portée sur le devis n° DEVIS-2026-0049",
    ),
    "due date": ("À régler au plus tard le 21/12/2026",),
    "payment terms": ("Conditions de paiement : 30 jours à compter de la date de facture",),
    "means of payment": ("par virement bancaire",),
    "bank account": ("IBAN FR76 3000 6000 0112 3456 7890 189", "BIC AGRIFRPP"),
    "late penalties: ECB + 10 points": ("BCE majoré de 10 points", "(12,40 % au second semestre 2026)"),
    "late penalties: ECB + 8 points": ("intérêts moratoires au taux de refinancement de la BCE majoré de 8 points",),
    "no discount for early payment": ("Pas d'escompte pour paiement anticipé",),
    "recovery fee of 40 €": ("Indemnité forfaitaire pour frais de recouvrement", "en cas de retard : 40 €"),
    "insurance: company, area, validity": (
        "Assurance décennale et responsabilité professionnelle : MAAF Pro, Chaban, 79180 Chauray – contrat n° A-77"
        " – couverture géographique : France métropolitaine – activités : Plomberie – valable du 01/01/2026 au 31/12/2026",
    ),
    "insurance: attestation joined": ("attestation jointe", "Attestation d'assurance"),
    "waste": (
        "article L. 541-21-2-3 du code de l'environnement",
        "quantité totale estimée : 1 m³ de gravats",
        "tri et enlèvement : tri sur place, enlèvement par l'entreprise",
        "point de collecte : Déchèterie de Bron, 69500 Bron",
        "coût : compris dans les prix",
    ),
    "withdrawal: information": (
        "Vous avez le droit de vous rétracter du présent contrat sans donner de motif dans un délai de quatorze jours",
        "vous devez nous notifier (KB Plomberie, 12 rue des Forges, 69100 Villeurbanne, 04 78 12 34 56,"
        " contact@kb.example) votre décision",
    ),
    "withdrawal: form": (
        "Formulaire de rétractation (Veuillez compléter et renvoyer le présent formulaire uniquement si vous souhaitez"
        " vous rétracter du contrat.)",
        "Je/nous (*) vous notifie/notifions (*) par la présente ma/notre (*) rétractation du contrat portant sur la vente"
        " du bien (*)/pour la prestation de services (*) ci-dessous : travaux du devis n° DEVIS-2026-0049.",
    ),
    "withdrawal: early start requested": (
        "Je demande expressément que les travaux commencent avant la fin du délai de rétractation",
    ),
    "no payment within seven days": (
        "aucun paiement ne peut être demandé ni reçu avant sept jours (article L. 221-10",
    ),
    "mediator": ("Médiateur de la consommation", "CM2C, www.cm2c.example"),
    "deposit asked at the order": ("Acompte à la commande", "30 % du montant total, soit 679,58 € TTC"),
    'a deposit is no "arrhes"': ("Les sommes versées d'avance sont des acomptes, non des arrhes",),
    "deposit: quote it is for": ("Acompte sur le devis n° DEVIS-2026-0049 – 30 % du montant du devis",),
    "retention guarantee": ("Retenue de garantie de 5 %", "(loi n° 71-584 du 16 juillet 1971)", "libérée un an après"),
    "legal guarantees": ("Garanties légales, selon les travaux : parfait achèvement (un an)",),
    "RGE label for energy works": ("Label RGE : Qualibat RGE E-12345",),
    "order number of the client": ("BC-4471",),
    "signature": ("Bon pour accord / Devis reçu avant l'exécution des travaux",),
}

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


@cache
def printed(kind: DocumentKind, client: BuyerKind) -> str:
    return text_of(make_document(kind, client))


def cells() -> Iterator[tuple[str, str, BuyerKind, str]]:
    """Every (mention, column, client, mark) of the table."""
    head, *rows = [[part.strip() for part in row.split("|")] for row in MATRIX.strip().splitlines()]
    for mention, *marks in rows:
        for column, four in zip(head[1:], marks, strict=True):
            for client, mark in zip(CLIENTS, four, strict=True):
                yield mention, column, client, mark


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_matrix(kind: DocumentKind, client: BuyerKind) -> None:
    text = printed(kind, client)
    values = {
        "number": SERIES.get(kind, "FACT-2026-0022"),
        "vat_number": VAT_NUMBERS.get(client, "FR39356000000"),
        "done": "01/11/2026 – 20/11/2026" if kind == "progress" else "Réalisation 20/11/2026",
    }
    wrong = []
    for mention, column, whom, mark in cells():
        if column != KINDS[kind] or whom != client or mark == ".":
            continue
        for probe in PROBES[mention]:
            found = probe.format(**values) in text
            if found != (mark in "Mo"):
                wrong.append(f"{mark} {mention}: {probe.format(**values)}")
    assert not wrong, "\n".join([*wrong, text])


def test_every_row_has_its_words() -> None:
    assert {mention for mention, *_ in cells()} == set(PROBES)


def test_what_names_the_other_documents() -> None:
    assert "Situation n° 2 sur le devis n° DEVIS-2026-0049 – travaux du 01/11/2026 au 20/11/2026" in printed(
        "progress", "business"
    )
    corrective = printed("corrective", "business")
    assert "Cette facture annule et remplace la facture n° FACT-2026-0018 du 02/11/2026" in corrective
    paid = [Prepayment(number="FACT-2026-0007", issue_date=date(2026, 10, 5), total=D("679.58"))]
    balance = text_of(make_document("balance", prepayments=paid))
    assert "Solde du devis n° DEVIS-2026-0049" in balance
    assert "Acomptes déduits : n° FACT-2026-0007 du 05/10/2026 (679,58 € TTC)" in balance
    assert "; net à payer : 1 472,41 €" in balance
    signed = DocumentReference(kind="quote", number="DEVIS-2026-0040", issue_date=date(2026, 9, 1))
    amendment = text_of(make_document("quote", amends=signed))
    assert "Avenant au devis n° DEVIS-2026-0040 du 01/09/2026" in amendment
    assert "Avenant valable 30 jours" in amendment
    assert "Bon pour accord / Avenant reçu avant l'exécution des travaux" in amendment


@pytest.mark.parametrize("kind", ["quote", "invoice", "deposit", "credit_note"])
def test_franchise(kind: DocumentKind) -> None:
    line = make_line(1, "Peinture du plafond", 18, 17, None, vat_category="E", vat_reason="franchise")
    text = text_of(make_document(kind, "consumer", line), TRADER)
    assert "Şükrü Öğüt EI – 12 rue des Forges" in text
    assert "TVA non applicable, article 293 B du CGI" in text
    for absent in ("TVA intracommunautaire", "d'après les débits", "au capital de", "Taux de TVA", "TTC", " HT"):
        assert absent not in text


@pytest.mark.parametrize("kind", ["quote", "invoice", "deposit", "progress", "balance", "credit_note", "corrective"])
@pytest.mark.parametrize(
    ("category", "reason", "client", "words"),
    [
        (
            "AE",
            "reverse_charge",
            "business",
            "Autoliquidation – TVA due par le preneur, article 283-2 nonies du CGI – n° de TVA du prestataire :"
            " FR44732829320, du preneur : FR39356000000",
        ),
        (
            "K",
            "intra_community",
            "foreign",
            "Exonération de TVA, article 262 ter I du CGI – n° de TVA du vendeur : FR44732829320, de l'acquéreur :"
            " DE811193231",
        ),
        ("G", "export", "foreign", "Exonération de TVA, article 262 I du CGI"),
        ("O", "untaxed_territory", "consumer", "TVA non applicable, article 294 du CGI"),
    ],
)
def test_no_vat_is_explained(kind: DocumentKind, category: Any, reason: Any, client: BuyerKind, words: str) -> None:
    line = make_line(1, "Maçonnerie", 1, 100, None, vat_category=category, vat_reason=reason)
    document = make_document(kind, client, line)
    texts = " ".join(mention.text for mention in mentions_for(document, SELLER, compute_totals(document), TODAY))
    assert words in texts.replace("\u00a0", " ")
    assert "certifie" not in texts
    assert "débits" not in texts


def test_reverse_charge_on_paper() -> None:
    line = make_line(1, "Maçonnerie", 1, 100, None, vat_category="AE", vat_reason="reverse_charge")
    text = text_of(make_document("invoice", "business", line))
    assert "du preneur : FR39356000000" in text
    assert "SIRET 356 000 000 00048" in text


def test_an_urgent_repair_has_neither_withdrawal_nor_waste() -> None:
    text = text_of(make_document("quote", urgent=True))
    assert "article L. 221-28, 8°, du code de la consommation" in text
    for absent in ("Formulaire de rétractation", "Déchets du chantier", "avant sept jours"):
        assert absent not in text


@pytest.mark.parametrize(
    ("client", "small", "off_premises", "joined"),
    [
        ("consumer", False, None, True),
        ("consumer", False, True, True),
        ("consumer", False, False, False),
        ("business", True, True, True),
        ("business", True, False, False),
        ("business", False, True, False),
        ("public", False, True, False),
    ],
)
def test_who_may_withdraw(client: BuyerKind, small: bool, off_premises: bool | None, joined: bool) -> None:
    buyer = make_buyer(client, small_business=small)
    document = make_document("quote", client, buyer=buyer, off_premises=off_premises)
    codes = {mention.code for mention in mentions_for(document, SELLER, compute_totals(document), TODAY)}
    annex = {"withdrawal_information", "withdrawal_form", "early_start_request", "withdrawal_notice"}
    assert codes & annex == (annex if joined else set())
    assert "withdrawal_excluded" not in codes


def test_goods_may_be_returned_longer() -> None:
    supplied = make_line(1, "Fourniture et pose de prises", 8, 65, "10")
    works = make_line(1, "Pose de prises", 8, 65, "10")
    period = {
        line.description: withdrawal_information(make_document("quote", "consumer", line)) for line in (supplied, works)
    }
    assert "prend physiquement possession du dernier bien" in period["Fourniture et pose de prises"]
    assert "expire quatorze jours après le jour de la conclusion du contrat." in period["Pose de prises"]


def withdrawal_information(document: Document) -> str:
    mentions = mentions_for(document, SELLER, compute_totals(document), TODAY)
    return next(mention.text for mention in mentions if mention.code == "withdrawal_information")


def test_a_quote_that_is_paid_for_says_its_price() -> None:
    text = text_of(make_document("quote", quote_fee=D(50)))
    assert "Devis payant : 50,00 € TTC ; valable 30 jours, jusqu'au 21/12/2026" in text
    assert "Devis gratuit" not in text
