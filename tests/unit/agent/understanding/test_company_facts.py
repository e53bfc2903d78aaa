"""What an artisan says about his own company, in both languages, asked for or not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agent.understanding.grammar.engine import GrammarUnderstander
from tools.commands import Command, DialogueContext, UnderstandingRequest
from tools.update_company import UpdateCompanyArgs

TODAY = date(2026, 11, 27)
MAAF = {"insurer_name": "MAAF", "insurance_policy": "12345"}
IBAN = "FR7630006000011234567890189"


def commands(text: str, language: str, awaiting: str | None = None) -> list[Command]:
    context = DialogueContext(awaiting=awaiting, today=TODAY)
    request = UnderstandingRequest(text=text, language_hint=language, context=context)
    return GrammarUnderstander().read(request).commands


def facts(text: str, language: str, awaiting: str | None = None) -> dict[str, Any]:
    (command,) = commands(text, language, awaiting)
    assert command.name == "update_company"
    UpdateCompanyArgs(**command.args)
    return command.args


FRENCH = [
    ("mon SIRET c'est 812 345 676 00017", {"siret": "81234567600017"}),
    ("mon numéro de siret 81234567600017", {"siret": "81234567600017"}),
    ("je suis en micro-entreprise", {"vat_regime": "franchise", "legal_form": "EI"}),
    ("je suis en franchise de TVA", {"vat_regime": "franchise"}),
    ("je suis assujetti à la TVA", {"vat_regime": "standard"}),
    (
        "mon assurance décennale c'est la MAAF, contrat 12345, 1 rue Bellune 79000 Niort, jusqu'au 31/12/2026, "
        "France métropolitaine",
        MAAF
        | {
            "insurer_address": "1 rue Bellune 79000 Niort",
            "insurance_until": "2026-12-31",
            "insurance_area": "France métropolitaine",
        },
    ),
    ("mon assurance c'est MAAF contrat n° 12345", MAAF),
    ("je suis assuré chez MAAF, police 12345 du 01/01/2026 au 31/12/2026",
     MAAF | {"insurance_from": "2026-01-01", "insurance_until": "2026-12-31"}),
    ("mon IBAN FR76 3000 6000 0112 3456 7890 189", {"iban": IBAN}),
    (f"mon iban c'est {IBAN} et mon bic AGRIFRPP", {"iban": IBAN, "bic": "AGRIFRPP"}),
    ("option débits", {"vat_on_debits": True}),
    ("pas d'option sur les débits", {"vat_on_debits": False}),
    ("mon médiateur c'est CM2C, 14 rue Saint-Jean 75017 Paris",
     {"mediator_name": "CM2C", "mediator_contact": "14 rue Saint-Jean 75017 Paris"}),
    ("RGE Qualibat 12345", {"rge": "Qualibat 12345"}),
    ("ma SARL au capital de 5000, RCS Lyon", {"legal_form": "sarl", "capital": "5000", "rcs_city": "Lyon"}),
    ("ma SAS au capital de 10 000 €", {"legal_form": "sas", "capital": "10000"}),
    ("je ne suis pas soumis à la décennale", {"insurance_status": "not_required"}),
    ("mes devis sont valables 60 jours", {"quote_validity_days": 60}),
    ("mes devis valables 2 mois", {"quote_validity_days": 60}),
    ("mes factures sont payables à 45 jours", {"payment_terms_days": 45}),
    ("mes factures à 30 jours", {"payment_terms_days": 30}),
    ("paiement à 30 jours par défaut", {"payment_terms_days": 30}),
    ("modèle moderne", {"template": "modern"}),
    ("mets mes devis en modèle compact", {"template": "compact"}),
    ("ma couleur c'est bleu", {"color": "blue"}),
    ("ma couleur #1f6f8b", {"color": "#1f6f8b"}),
    ("mon adresse c'est 12 rue des Forges 69100 Villeurbanne", {"address": "12 rue des Forges 69100 Villeurbanne"}),
    ("mon mail pro c'est contact@kb.fr", {"email": "contact@kb.fr"}),
    ("ma boîte s'appelle KB Rénovation", {"name": "KB Rénovation"}),
    ("mes prix sont toujours en TTC", {"default_price_mode": "ttc"}),
    (
        "mon SIRET c'est 812 345 676 00017, je suis en micro-entreprise et mon assurance c'est la MAAF contrat 12345",
        MAAF | {"siret": "81234567600017", "vat_regime": "franchise", "legal_form": "EI"},
    ),
]  # fmt: skip
TURKISH = [
    ("SIRET numaram 812 345 676 00017", {"siret": "81234567600017"}),
    ("siretim 81234567600017", {"siret": "81234567600017"}),
    ("sigortam MAAF, poliçe 12345", MAAF),
    (
        "sigortam MAAF, poliçe 12345, adresi 1 rue Bellune 79000 Niort, 31/12/2026'ya kadar, tüm Fransa",
        MAAF
        | {
            "insurer_address": "1 rue Bellune 79000 Niort",
            "insurance_until": "2026-12-31",
            "insurance_area": "France entière",
        },
    ),
    (f"IBAN'ım {IBAN}", {"iban": IBAN}),
    ("mikro şirketim, TVA yok", {"vat_regime": "franchise", "legal_form": "EI"}),
    ("TVA'dan muafım", {"vat_regime": "franchise"}),
    ("arabulucum CM2C, 14 rue Saint-Jean 75017 Paris",
     {"mediator_name": "CM2C", "mediator_contact": "14 rue Saint-Jean 75017 Paris"}),
    ("RGE belgem Qualibat 12345", {"rge": "Qualibat 12345"}),
    ("şirketim SARL, sermaye 5000, RCS Lyon", {"legal_form": "sarl", "capital": "5000", "rcs_city": "Lyon"}),
    ("décennale'e tabi değilim", {"insurance_status": "not_required"}),
    ("on yıllık sigortaya tabi değilim", {"insurance_status": "not_required"}),
    ("devislerim 60 gün geçerli", {"quote_validity_days": 60}),
    ("faturalarım 30 gün vadeli", {"payment_terms_days": 30}),
    ("modern şablon olsun", {"template": "modern"}),
    ("rengim mavi", {"color": "blue"}),
    ("adresim 12 rue des Forges 69100 Villeurbanne", {"address": "12 rue des Forges 69100 Villeurbanne"}),
    ("débits seçeneği olsun", {"vat_on_debits": True}),
    ("şirketimin adı HY Tesisat", {"name": "HY Tesisat"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FRENCH)
def test_french(text: str, expected: dict[str, Any]) -> None:
    assert facts(text, "fr") == expected


@pytest.mark.parametrize(("text", "expected"), TURKISH)
def test_turkish(text: str, expected: dict[str, Any]) -> None:
    assert facts(text, "tr") == expected


@pytest.mark.parametrize(
    ("asked", "text", "language", "expected"),
    [
        ("siret", "812 345 676 00017", "fr", {"siret": "81234567600017"}),
        ("siret", "siret 812 345 676 00017, 12 rue des Forges 69100 Villeurbanne, MAAF contrat 12345", "fr",
         MAAF | {"siret": "81234567600017", "address": "12 rue des Forges 69100 Villeurbanne"}),
        ("siret", "812 345 676 00017\n12 rue des Forges 69100 Villeurbanne\ndécennale MAAF contrat 12345", "fr",
         MAAF | {"siret": "81234567600017", "address": "12 rue des Forges 69100 Villeurbanne"}),
        ("address", "12 rue des Forges, Villeurbanne", "fr", {"address": "12 rue des Forges, Villeurbanne"}),
        ("insurance", "MAAF, contrat 12345, 1 rue Bellune 79000 Niort", "fr",
         MAAF | {"insurer_address": "1 rue Bellune 79000 Niort"}),
        ("insurance", "1 rue Bellune 79000 Niort", "fr", {"insurer_address": "1 rue Bellune 79000 Niort"}),
        ("insurance", "12345", "fr", {"insurance_policy": "12345"}),
        ("insurance", "France entière", "fr", {"insurance_area": "France entière"}),
        ("insurance", "poliçe no 12345", "tr", {"insurance_policy": "12345"}),
        ("insurance", "pas concerné", "fr", {"insurance_status": "not_required"}),
        ("insurance", "gerekmiyor", "tr", {"insurance_status": "not_required"}),
        ("insurance", "non soumis", "fr", {"insurance_status": "not_required"}),
        ("insurance", "MAAF, poliçe 12345, 31.12.2026'ya kadar", "tr", MAAF | {"insurance_until": "2026-12-31"}),
        ("insurance", "tabi değilim", "tr", {"insurance_status": "not_required"}),
        ("mediator", "CM2C, cm2c.net", "fr", {"mediator_name": "CM2C", "mediator_contact": "cm2c.net"}),
        ("iban", IBAN, "tr", {"iban": IBAN}),
    ],
)  # fmt: skip
def test_an_answer_needs_no_introduction(asked: str, text: str, language: str, expected: dict[str, Any]) -> None:
    assert facts(text, language, f"slot:company.{asked}") == expected


@pytest.mark.parametrize(
    ("text", "awaiting"),
    [
        ("paiement à 30 jours", None),
        ("son siret c'est 53987412300026", None),
        ("devis M. Petit radiateur modèle compact 450", None),
        ("adresse : 12 rue des Forges 69100 Villeurbanne", None),
        ("mon assurance a expiré", None),
        ("mon médiateur ne répond pas", None),
        ("mon adresse a changé", None),
        ("note : je suis assuré chez MAAF, contrat 12345", None),
        ("mon client a une assurance chez MAAF", None),
        ("ok", "slot:company.insurance"),
        ("plus tard", "slot:company.insurance"),
    ],
)
def test_what_is_not_about_the_company(text: str, awaiting: str | None) -> None:
    assert "update_company" not in [command.name for command in commands(text, "fr", awaiting)]


def test_a_quote_may_follow_in_the_same_breath() -> None:
    text = "mon siret c'est 81234567600017. Fais un devis pour Mme Petit, 20 m² de carrelage à 45"
    names = [command.name for command in commands(text, "fr")]
    assert names == ["update_company", "start_document", "select_client", "add_line_item"]


@pytest.mark.parametrize(
    ("text", "language"), [("mes infos", "fr"), ("bilgilerim", "tr"), ("montre-moi ma fiche", "fr")]
)
def test_the_card_is_asked_for(text: str, language: str) -> None:
    assert [command.name for command in commands(text, language)] == ["get_company"]


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("mon logo", "fr", "logo"),
        ("voici le logo", "fr", "logo"),
        ("logom", "tr", "logo"),
        ("işte logomuz", "tr", "logo"),
        ("mon attestation décennale", "fr", "attestation"),
        ("c'est mon attestation d'assurance", "fr", "attestation"),
        ("sigorta belgem", "tr", "attestation"),
    ],
)
def test_captions_of_company_files(text: str, language: str, kind: str) -> None:
    (command,) = commands(text, language)
    assert (command.name, command.args) == ("keep_company_file", {"file": kind})


@pytest.mark.parametrize("text", ["photo du chantier", "peinture du logo sur la façade 450"])
def test_other_pictures_are_not_the_company_s(text: str) -> None:
    assert "keep_company_file" not in [command.name for command in commands(text, "fr")]


SET_UP = [
    ("configurer mon entreprise", "fr", None, "set_up_company", {}),
    ("şirketimi kur", "tr", None, "set_up_company", {}),
    ("stop", "fr", "slot:company.iban", "set_up_company", {"stop": True}),
    ("dur", "tr", "slot:company.iban", "set_up_company", {"stop": True}),
    ("pas de logo", "fr", "slot:company.logo", "skip", {}),
    ("logo yok", "tr", "slot:company.logo", "skip", {}),
    ("je te l'enverrai demain", "fr", "slot:company.iban", "skip", {}),
    ("c'est bien moi", "fr", "confirm:company", "confirm", {}),
    ("evet benim", "tr", "confirm:company", "confirm", {}),
    ("ce n'est pas moi", "fr", "confirm:company", "deny", {}),
    ("ben değilim", "tr", "confirm:company", "deny", {}),
    ("au réel", "fr", "slot:company.vat_regime", "update_company", {"vat_regime": "standard"}),
    ("sans TVA", "fr", "slot:company.vat_regime", "update_company", {"vat_regime": "franchise"}),
    ("TVA kesiyorum", "tr", "slot:company.vat_regime", "update_company", {"vat_regime": "standard"}),
    ("tva yok", "tr", "slot:company.vat_regime", "update_company", {"vat_regime": "franchise"}),
    ("FR76 3000 6000 0112 3456 7890 189", "fr", "slot:company.iban", "update_company", {"iban": IBAN}),
    ("AXA 4567890", "fr", "slot:company.insurance", "update_company",
     {"insurer_name": "AXA", "insurance_policy": "4567890"}),
    ("Chaban 79180 Chauray", "fr", "slot:company.insurer_address", "update_company",
     {"insurer_address": "Chaban 79180 Chauray"}),
    ("c'est le 55 443 322", "fr", "slot:company.insurance_policy", "update_company",
     {"insurance_policy": "55 443 322"}),
    ("CM2C, 14 rue Saint-Jean 75017 Paris", "fr", "slot:company.mediator", "update_company",
     {"mediator_name": "CM2C", "mediator_contact": "14 rue Saint-Jean 75017 Paris"}),
]  # fmt: skip


def set_up(text: str, language: str, awaiting: str | None) -> list[Command]:
    context = DialogueContext(workflow="company", awaiting=awaiting, today=TODAY)
    request = UnderstandingRequest(text=text, language_hint=language, context=context)  # type: ignore[arg-type]
    return GrammarUnderstander().read(request).commands


@pytest.mark.parametrize(("text", "language", "awaiting", "name", "args"), SET_UP)
def test_answers_of_a_set_up(text: str, language: str, awaiting: str | None, name: str, args: dict[str, Any]) -> None:
    (command,) = set_up(text, language, awaiting)
    assert (command.name, command.args) == (name, args)


@pytest.mark.parametrize("asked", ["address", "insurance", "insurer_address", "mediator"])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("devis Mme Petit 3 rue Pasteur 69003 Lyon, 20 m² de carrelage à 45", "fr"),
        ("Mme Petit'ye devis, 3 rue Pasteur 69003 Lyon, 20 m² karo 45'ten", "tr"),
    ],
)
def test_an_order_in_the_middle_of_a_set_up_is_the_document_s(asked: str, text: str, language: str) -> None:
    read = set_up(text, language, f"slot:company.{asked}")
    names = [command.name for command in read]
    assert "update_company" not in names and {"start_document", "add_line_item"} <= set(names)


def test_words_of_a_set_up_mean_what_they_always_mean_elsewhere() -> None:
    assert [command.name for command in commands("stop", "fr", "slot:company.iban")] == ["deny"]
