"""The matrix of legal mentions (legal.md §14): what each kind of document tells each type of client, read in the PDF.

A cell has four marks, for a consumer, a business, a public body and a foreign client: M must, o if applicable (it is
here: the documents below have every fact), - never, . not looked at. M and o are found in the text of the rendered page,
- is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from services.documents.schemas import BuyerKind, DocumentKind
from tests.unit.services.documents.legal_documents import SERIES, VAT_NUMBERS, make_document, text_of

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
    "payment terms": ("Paiement : 30 jours à compter de la date de facture",),
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
    "no payment within seven days": ("hors établissement, aucun paiement avant sept jours (article L. 221-10",),
    "mediator": ("Médiateur de la consommation", "CM2C, www.cm2c.example"),
    "deposit asked at the order": ("à la commande : 30 % du montant total, soit 679,58 € TTC",),
    'a deposit is no "arrhes"': ("arrhes",),
    "deposit: quote it is for": ("Acompte sur le devis n° DEVIS-2026-0049 – 30 % du montant du devis",),
    "retention guarantee": ("Retenue de garantie de 5 %", "(loi n° 71-584 du 16 juillet 1971)", "libérée un an après"),
    "legal guarantees": ("Garanties légales, selon les travaux : parfait achèvement (un an)",),
    "RGE label for energy works": ("Label RGE : Qualibat RGE E-12345",),
    "order number of the client": ("BC-4471",),
    "signature": ("Bon pour accord / Devis reçu avant l'exécution des travaux",),
}


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
