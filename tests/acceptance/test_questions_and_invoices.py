"""Prices, questions and invoices in conversation, in both languages."""

from __future__ import annotations

from datetime import datetime

from tests.acceptance.people import Artisan, Received
from tests.acceptance.phrases import KEEP, LINE_1_AT_30, OK, PAINTING, draft, one, subtotal

SIRET = "53987412300026"

# Prices


def test_an_unknown_price_comes_from_memory_with_its_source(language: str, artisan: Artisan) -> None:
    artisan.say(
        {"fr": "devis pour Mme Garance, pose de carrelage 12 m²", "tr": "Mme Garance'a devis, 12 m² karo döşeme"}[
            language
        ]
    )
    answer = one([draft_recap(artisan, language)])
    assert "12 m² × 48,00 = 576,00 ⚠️" in answer
    note = next(line for line in answer.splitlines() if line.startswith("⚠️"))
    assert "Noé" in note and "48,00 €" in note and f"{datetime.now():%d/%m/%Y}" in note


def draft_recap(artisan: Artisan, language: str) -> str:
    return one(artisan.say({"fr": "récap", "tr": "özet"}[language]))


def test_only_the_missing_price_is_asked(language: str, artisan: Artisan) -> None:
    answer = one(
        artisan.say(
            {
                "fr": "devis pour Mme Garance, dépose de cloison 30 m²",
                "tr": "Mme Garance'a devis, 30 m² bölme duvar sökümü",
            }[language]
        )
    )
    assert artisan.awaiting == "slot:line.price" and answer.count("?") >= 1 and "30 m²" in answer.splitlines()[-1]
    assert "€" not in answer, "a total without the price would be wrong"
    artisan.say("15")
    assert subtotal(artisan) == "450.00" and artisan.awaiting == "confirm:issue"


def test_a_price_incl_vat_is_exact_to_the_cent(language: str, artisan: Artisan) -> None:
    artisan.say(
        {
            "fr": "devis pour Mme Garance, remplacement du robinet 500 ttc",
            "tr": "Mme Garance'a devis, musluk değişimi 500 ttc",
        }[language]
    )
    artisan.say(OK[language])
    document = artisan.documents()[0]
    assert (document["subtotal"], document["vat"], document["total"]) == ("454.55", "45.45", "500.00")


# Asking


def test_greeting_alone(language: str, artisan: Artisan) -> None:
    answer = one(artisan.say({"fr": "bonjour", "tr": "selam"}[language]))
    assert {"fr": "Ex. :", "tr": "Örn:"}[language] in answer and "\n" not in answer
    assert artisan.draft is None


def test_off_topic(language: str, artisan: Artisan) -> None:
    answer = one(artisan.say({"fr": "raconte-moi une blague", "tr": "bana bir fıkra anlat"}[language]))
    assert "devis" in answer and "\n" not in answer
    assert artisan.draft is None


def test_a_question_in_the_middle_returns_to_the_draft(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    answer = one(artisan.say({"fr": "au fait qui me doit de l'argent ?", "tr": "bu arada bana kim borçlu"}[language]))
    assert len(answer.splitlines()) == 2 and OK[language] in answer.splitlines()[-1]
    assert artisan.awaiting == "confirm:issue"
    artisan.say(OK[language])
    assert artisan.documents()[0]["subtotal"] == "200.00"


ASK = {
    "fr": {
        "list": "liste des devis",
        "unpaid": "qui me doit de l'argent ?",
        "status": "où en est le devis Noé",
        "resend": "renvoie moi la facture Noé",
        "part": "Noé m'a payé 500",
        "rest": "Noé a payé le reste",
        "invoice": "facture du devis Noé",
    },
    "tr": {
        "list": "devis listesi",
        "unpaid": "bana kim borçlu",
        "status": "Noé devisi ne durumda",
        "resend": "Noé faturasını bana tekrar gönder",
        "part": "Noé 500 ödedi",
        "rest": "Noé kalanını ödedi",
        "invoice": "Noé devisinin faturasını kes",
    },
}


def test_invoice_of_a_quote_and_its_payments(language: str, artisan: Artisan) -> None:
    ask = ASK[language]
    recap = one(artisan.say(ask["invoice"]))
    quote = artisan.numbers()[0]
    assert "*Facture – M. Noé*" in recap and quote in recap and artisan.numbers() == [quote]
    artisan.say(OK[language])
    invoice = artisan.documents()[0]
    assert (invoice["kind"], invoice["total"]) == ("invoice", "1056.00")
    artisan.say(KEEP[language])
    unpaid = one(artisan.say(ask["unpaid"]))
    assert invoice["number"] in unpaid and "1 056,00 €" in unpaid
    assert "556,00 €" in one(artisan.say(ask["part"]))
    assert artisan.documents()[0]["status"] == "partially_paid"
    artisan.say(ask["rest"])
    assert artisan.documents()[0]["status"] == "paid"
    assert invoice["number"] not in one(artisan.say(ask["unpaid"]))
    artisan.post(ask["resend"])
    again: list[Received] = artisan.inbox()
    assert [(message.kind, message.filename) for message in again] == [("document", f"{invoice['number']}.pdf")]


def test_list_and_status(language: str, artisan: Artisan) -> None:
    quote = artisan.numbers()[0]
    listed = one(artisan.say(ASK[language]["list"]))
    assert quote in listed and "1 056,00 €" in listed
    status = one(artisan.say(ASK[language]["status"]))
    assert quote in status and {"fr": "accepté", "tr": "kabul"}[language] in status


def test_hand_over_and_back(language: str, artisan: Artisan) -> None:
    human, back = {"fr": ("je veux parler à quelqu'un", "reprends"), "tr": ("bir insanla konuşmak istiyorum", "devam")}[
        language
    ]
    artisan.say(PAINTING[language])
    gate = f"*{OK[language]}*"
    assert gate not in one(artisan.say(human)), "who falls silent asks nothing"
    assert artisan.say(LINE_1_AT_30[language]) == []
    assert artisan.rows(
        "select 1 from system_logs where organization_id = %(organization)s and event = 'conversation.handed_over'"
    )
    returned = one(artisan.say(back))
    assert gate in returned and returned.count("?") == {"fr": 0, "tr": 1}[language], (
        "one question: the gate that is open"
    )
    artisan.say(LINE_1_AT_30[language])
    assert subtotal(artisan) == "300.00"


def test_three_steps_of_repair(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    first, second, third = {
        "fr": ("blabla", "truc machin", "hein quoi"),
        "tr": ("falan filan", "işte öyle", "öyle şey"),
    }[language]
    assert first in one(artisan.say(first))
    assert artisan.awaiting == "confirm:issue"
    assert "1 " in one(artisan.say(second)) and artisan.awaiting == "choice:repair"
    assert {"fr": "équipe", "tr": "Ekibe"}[language] in one(artisan.say(third))
    assert artisan.documents()[1:] == [] and subtotal(artisan) == "200.00"
    artisan.say(LINE_1_AT_30[language])
    assert subtotal(artisan) == "300.00" and artisan.awaiting == "confirm:issue"
    assert first in one(artisan.say(first)), "progress starts the repair anew"


# Invoices


def test_an_invoice_wants_the_clients_address(language: str, artisan: Artisan) -> None:
    artisan.say(
        {"fr": "facture pour M. Dupont, peinture 10 m² à 20", "tr": "M. Dupont'a fatura kes, 10 m² boya 20'den"}[
            language
        ]
    )
    assert artisan.awaiting == "slot:client.address" and artisan.documents()[1:] == []
    answer = one(artisan.say("12 rue des Lilas 69003 Lyon"))
    assert artisan.awaiting == "confirm:issue" and "12 rue des Lilas, 69003 Lyon" in answer
    assert "avoir" in answer, "before the first invoice gate he reads that nothing but an avoir corrects it (UX-43)"
    artisan.say({"fr": "émets", "tr": "kes"}[language])
    assert artisan.documents()[0]["client"]["address"] == "12 rue des Lilas, 69003 Lyon"


def test_a_business_wants_its_siret(language: str, artisan: Artisan) -> None:
    artisan.say(
        {"fr": "facture pour Bâti Sud, peinture 10 m² à 20", "tr": "Bâti Sud'a fatura kes, 10 m² boya 20'den"}[language]
    )
    artisan.say("12 rue des Lilas 69003 Lyon")
    assert artisan.awaiting == "slot:client.siret"
    artisan.say("539 874 123 00027")
    assert artisan.awaiting == "slot:client.siret" and artisan.documents()[1:] == []
    artisan.say("539 874 123 00026")
    artisan.say(OK[language])
    assert artisan.documents()[0]["client"]["siret"] == SIRET


def test_an_issued_quote_gets_a_second_version(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    artisan.say(OK[language])
    artisan.say(KEEP[language])
    number = artisan.numbers()[0]
    answer = one(artisan.say(LINE_1_AT_30[language]))
    assert number in answer and {"fr": "version 2", "tr": "2. sürüm"}[language] in answer
    assert artisan.documents()[0]["subtotal"] == "200.00", "the first version stands until the second is agreed"
    artisan.post("2")
    (pdf,) = artisan.inbox()
    assert pdf.filename == f"{number}-v2.pdf"
    assert artisan.documents()[0]["subtotal"] == "300.00" and artisan.numbers()[0] == number


def test_an_issued_invoice_is_explained(language: str, artisan: Artisan) -> None:
    artisan.say(ASK[language]["invoice"])
    artisan.say(OK[language])
    artisan.say(KEEP[language])
    before = artisan.documents()
    answer = one(artisan.say(LINE_1_AT_30[language]))
    assert before[0]["number"] in answer and "avoir" in answer
    assert artisan.documents() == before


def test_the_same_works_again_are_a_new_document(language: str, artisan: Artisan) -> None:
    """What is said after "invoice for…" belongs to the invoice, whatever the document before it contained."""
    artisan.say(PAINTING[language])
    artisan.say(OK[language])
    artisan.say(KEEP[language])
    artisan.say(
        {"fr": "facture pour M. Noé, peinture 10 m² à 25", "tr": "M. Noé'ye fatura kes, 10 m² boya 25'ten"}[language]
    )
    assert draft(artisan)["kind"] == "invoice" and subtotal(artisan) == "250.00"
    assert artisan.documents()[0]["subtotal"] == "200.00"


def test_repair_goes_on_when_nothing_is_open(language: str, artisan: Artisan) -> None:
    """R101: without any draft, too, the third odd message offers a new start or a human."""
    artisan.say("?")
    assert "1 " in one(artisan.say("??")) and artisan.awaiting == "choice:repair"
    assert {"fr": "équipe", "tr": "Ekibe"}[language] in one(artisan.say("…"))
    artisan.say("1")
    assert artisan.awaiting == "slot:client.name" and draft(artisan)["kind"] == "quote"
