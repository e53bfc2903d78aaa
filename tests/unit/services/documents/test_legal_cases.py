"""Mentions that depend on more than kind and client: regime, urgency, place of signature, earlier documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.documents.mentions import mentions_for
from services.documents.schemas import BuyerKind, Document, DocumentKind, DocumentReference, Prepayment
from services.documents.totals import compute_totals
from tests.unit.services.documents.legal_documents import (
    SELLER,
    TODAY,
    TRADER,
    make_buyer,
    make_document,
    make_line,
    text_of,
)

D = Decimal


def test_what_names_the_other_documents() -> None:
    assert "Situation n° 2 sur le devis n° DEVIS-2026-0049 – travaux du 01/11/2026 au 20/11/2026" in text_of(
        make_document("progress", "business")
    )
    corrective = text_of(make_document("corrective", "business"))
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
        ("E", "untaxed_territory", "consumer", "TVA non applicable, article 294 du CGI"),
        ("E", "default", "consumer", "Exonération de TVA, art. X du CGI"),
        ("O", "default", "consumer", "TVA française non applicable, art. X du CGI"),
    ],
)
def test_no_vat_is_explained(kind: DocumentKind, category: Any, reason: Any, client: BuyerKind, words: str) -> None:
    line = make_line(1, "Maçonnerie", 1, 100, None, vat_category=category, vat_reason=reason, vat_basis="art. X du CGI")
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


def test_works_of_an_unknown_day_were_done_when_invoiced() -> None:
    assert "Réalisation 21/11/2026" in text_of(make_document("invoice", service_date=None))
    assert "Réalisation novembre 2026" in text_of(make_document("invoice", service_date=None, service_month="2026-11"))
