"""A conversation that wanders: bursts, disorder, pauses, undo, several drafts, questions, repair, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.dialogues import plain_spaces
from tests.acceptance.people import Artisan, Received
from tests.acceptance.stack import new_phone

Make = Callable[..., Artisan]
SIRET = "53987412300026"
OK = {"fr": "ok", "tr": "tamam"}
KEEP = {"fr": "garde", "tr": "kalsın"}
PAINTING = {"fr": "devis pour Mme Garance, peinture 10 m² à 20", "tr": "Mme Garance'a devis, 10 m² boya 20'den"}
LINE_1_AT_30 = {"fr": "la 1 à 30", "tr": "1. satır 30 olsun"}


@pytest.fixture(params=["fr", "tr"])
def language(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@pytest.fixture
def artisan(language: str, artisan_of: Make) -> Artisan:
    """An artisan with two known clients and an accepted quote."""
    return artisan_of(
        language,
        clients=[
            {"name": "Mme Garance", "phone": new_phone(), "address": "3 rue Pasteur, 69003 Lyon"},
            {"name": "M. Noé", "phone": new_phone(), "address": "5 rue Bugeaud, 69006 Lyon"},
            {"name": "Bâti Sud", "kind": "business"},
        ],
        quotes=[
            {
                "client": "M. Noé",
                "status": "accepted",
                "lines": [{"description": "Pose de carrelage", "quantity": "20", "unit": "m²", "unit_price": "48"}],
            }
        ],
    )


def one(messages: list[str]) -> str:
    """The only message, every kind of space a plain one."""
    (message,) = messages
    return plain_spaces(message)


def draft(artisan: Artisan) -> dict[str, Any]:
    found = artisan.draft
    assert found is not None
    return found


def subtotal(artisan: Artisan) -> str:
    amount: str = draft(artisan)["subtotal"]
    return amount


# Receiving


BURST = {
    "fr": ["salut", "devis pour Mme Garance", "peinture 10 m² à 20", "dépose de cloison 30 m² à 15", "et 5% de remise"],
    "tr": [
        "selam",
        "Mme Garance'a devis",
        "10 m² boya 20'den",
        "30 m² bölme duvar sökümü 15'ten",
        "yüzde 5 de indirim",
    ],
}


def test_a_burst_brings_one_answer(language: str, artisan: Artisan) -> None:
    artisan.burst(*BURST[language])
    answer = one(artisan.replies())
    assert len(artisan.turns()) == 1
    assert "Garance" in answer and subtotal(artisan) == "617.50"
    assert len(draft(artisan)["lines"]) == 2


def test_five_messages_at_once_lose_and_double_nothing(language: str, artisan: Artisan) -> None:
    """Sent from five connections at the same moment, with the times of the phone: every line once."""
    now = datetime.now(UTC)
    texts = list(enumerate(BURST[language][1:4]))
    with artisan.stack.worker_asleep(), ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda item: artisan.post(item[1], timestamp=now + timedelta(seconds=item[0])), texts))
    assert len(artisan.replies()) == 1
    assert subtotal(artisan) == "650.00" and len(draft(artisan)["lines"]) == 2


def test_a_message_delivered_twice_counts_once(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    more = {"fr": "ajoute dépose de cloison 30 m² à 15", "tr": "30 m² bölme duvar sökümü 15'ten ekle"}[language]
    message_id = uuid4().hex
    assert len(artisan.say(more, message_id=message_id)) == 1
    assert artisan.say(more, message_id=message_id) == []
    assert subtotal(artisan) == "650.00" and len(artisan.turns()) == 2


def test_messages_out_of_order_are_read_in_the_phones_order(language: str, artisan: Artisan) -> None:
    """The provider's time decides, not the arrival (UX-11)."""
    artisan.say(PAINTING[language])
    now = datetime.now(UTC)
    second, first = {"fr": ("la 1 à 40", "la 1 à 30"), "tr": ("1. satır 40 olsun", "1. satır 30 olsun")}[language]
    with artisan.stack.worker_asleep():
        artisan.post(second, timestamp=now + timedelta(seconds=2))
        artisan.post(first, timestamp=now + timedelta(seconds=1))
    artisan.inbox()
    assert subtotal(artisan) == "400.00"


def test_a_late_message_is_said_to_be_late(language: str, artisan: Artisan) -> None:
    answer = one(artisan.say(PAINTING[language], timestamp=datetime.now(UTC) - timedelta(minutes=20)))
    assert answer.startswith({"fr": "Reçu en retard (", "tr": "Geç geldi ("}[language])
    assert subtotal(artisan) == "200.00"


# Time


def test_an_abandoned_draft_is_taken_up(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    artisan.time_passes(minutes=45)
    assert artisan.replies() == [] and artisan.awaiting is None
    answer = one(artisan.say(LINE_1_AT_30[language]))
    assert {"fr": "On reprend le devis Garance.", "tr": "Garance için devis: kaldığımız yerden devam."}[
        language
    ] in answer
    assert "*Devis" not in answer and "30,00" in answer
    assert subtotal(artisan) == "300.00" and artisan.awaiting == "confirm:issue"


def test_after_a_day_the_whole_recap_comes_back(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    artisan.time_passes(hours=30)
    answer = one(artisan.say(LINE_1_AT_30[language]))
    assert {"fr": "(laissé ", "tr": " günü kaldığımız yerden"}[language] in answer
    assert "*Devis – Mme Garance*" in answer and "10 m² × 30,00 = 300,00" in answer


def test_an_abandoned_draft_can_still_be_confirmed(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    artisan.time_passes(minutes=45)
    artisan.say(OK[language])
    assert artisan.documents()[0]["subtotal"] == "200.00"


# Changing one's mind


def test_undo_twice(language: str, artisan: Artisan) -> None:
    undo = {"fr": "annule", "tr": "geri al"}[language]
    artisan.say(PAINTING[language])
    artisan.say(LINE_1_AT_30[language])
    artisan.say({"fr": "la 1 à 40", "tr": "1. satır 40 olsun"}[language])
    assert "10 m² × 30,00 = 300,00" in one(artisan.say(undo))
    assert "10 m² × 20,00 = 200,00" in one(artisan.say(undo))
    assert subtotal(artisan) == "200.00" and artisan.awaiting == "confirm:issue"
    artisan.say(OK[language])
    assert artisan.documents()[0]["subtotal"] == "200.00"


def test_cancelling_asks_once(language: str, artisan: Artisan) -> None:
    cancel = {"fr": "efface tout", "tr": "hepsini sil"}[language]
    yes, no = {"fr": ("oui", "non"), "tr": ("evet", "hayır")}[language]
    artisan.say(PAINTING[language])
    assert artisan.say(cancel) and artisan.awaiting == "confirm:cancel"
    assert {"fr": "on garde", "tr": "duruyor"}[language] in one(artisan.say(no))
    assert artisan.awaiting == "confirm:issue" and subtotal(artisan) == "200.00"
    artisan.say(cancel)
    assert "Garance" in one(artisan.say(yes))
    assert artisan.draft is None and artisan.awaiting is None
    assert artisan.numbers() == artisan.numbers()[:1]


def test_two_drafts(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    artisan.say(
        {"fr": "devis pour M. Petit, pose de parquet 30 m² à 40", "tr": "M. Petit'ye devis, 30 m² parke döşeme 40'tan"}[
            language
        ]
    )
    assert draft(artisan)["client"]["name"] == "Petit"
    back = {"fr": "on reprend le devis Garance", "tr": "Garance devisine devam edelim"}[language]
    assert "*Devis – Mme Garance*" in one(artisan.say(back))
    artisan.say(OK[language])
    assert artisan.documents()[0]["client"]["name"] == "Garance"
    artisan.say(KEEP[language])
    forth = {"fr": "on reprend le devis Petit", "tr": "Petit devisine devam edelim"}[language]
    assert "*Devis – M. Petit*" in one(artisan.say(forth)) and subtotal(artisan) == "1200.00"


TWO_TASKS = {
    "fr": "devis pour Mme Garance, peinture 10 m² à 20 et facture du devis Noé",
    "tr": "Mme Garance'a devis, 10 m² boya 20'den ve Noé devisinin faturasını kes",
}


def test_two_tasks_in_one_message(language: str, artisan: Artisan) -> None:
    answer = one(artisan.say(TWO_TASKS[language]))
    assert "*Devis – Mme Garance*" in answer and "Noé" in answer.splitlines()[-1]
    artisan.say(OK[language])
    artisan.say(KEEP[language])
    assert artisan.awaiting == "confirm:issue" and draft(artisan)["kind"] == "invoice"
    assert draft(artisan)["client"]["name"] == "Noé" and subtotal(artisan) == "960.00"


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
    artisan.say(human)
    assert artisan.say(LINE_1_AT_30[language]) == []
    assert artisan.rows(
        "select 1 from system_logs where organization_id = %(organization)s and event = 'conversation.handed_over'"
    )
    assert len(artisan.say(back)) == 1
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
    assert {"fr": "J'émets la facture ?", "tr": "Kesiyor muyum?"}[language] in answer
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


# Register and language


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("fr", "tu me fais un devis pour Mme Garance, peinture 10 m² à 20", "dis-moi"),
        ("fr", "pouvez-vous me faire un devis pour Mme Garance, peinture 10 m² à 20", "dites-moi"),
        ("fr", "devis pour Mme Garance, peinture 10 m² à 20", "dites-moi"),
        ("tr", "Mme Garance'a bir devis yap, 10 m² boya 20'den", "söyle)"),
        ("tr", "Mme Garance'a bir devis yapar mısınız, 10 m² boya 20'den", "söyleyin)"),
        ("tr", "Mme Garance'a devis, 10 m² boya 20'den", "söyleyin)"),
    ],
    indirect=["language"],
)
def test_he_is_spoken_to_as_he_speaks(language: str, words: str, expected: str, artisan: Artisan) -> None:
    assert expected in one(artisan.say(words))


def test_the_register_changes_with_him(language: str, artisan: Artisan) -> None:
    artisan.say(PAINTING[language])
    artisan.say({"fr": "tu peux mettre la 1 à 30", "tr": "1. satırı 30 yapar mısın"}[language])
    artisan.say(OK[language])
    later = one(artisan.say(KEEP[language]))
    assert {"fr": "Dis *envoie* quand tu veux", "tr": "İstediğin zaman *gönder* de."}[language] in later


def test_the_answer_comes_in_the_language_of_the_message(artisan: Artisan, language: str) -> None:
    """A French artisan who writes Turkish is answered in Turkish, and the other way round (UX-89)."""
    other = {"fr": "tr", "tr": "fr"}[language]
    answer = one(artisan.say({"fr": PAINTING["fr"] + " s'il te plaît", "tr": PAINTING["tr"] + " lütfen"}[other]))
    assert {"fr": "€ TTC*", "tr": "*TTC "}[other] in answer
    assert artisan.state()["language"] == other
