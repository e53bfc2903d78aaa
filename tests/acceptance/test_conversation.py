"""A conversation that wanders: bursts, disorder, pauses, undo, several drafts, register, in both languages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.phrases import KEEP, LINE_1_AT_30, OK, PAINTING, draft, one, subtotal

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


TWO_CEILINGS = {
    "fr": ("devis pour Mme Garance, peinture plafond chambre 10 m² à 20, peinture plafond salon 12 m² à 22",
           "le plafond à 30", "plafond"),
    "tr": ("Mme Garance'a devis, oda tavan boyası 10 m² 20'den, salon tavan boyası 12 m² 22'den",
           "tavan 30 olsun", "tavan"),
}  # fmt: skip


def test_the_line_that_was_asked_for_takes_the_change(language: str, artisan: Artisan) -> None:
    said, change, name = TWO_CEILINGS[language]
    artisan.say(said)
    asked = one(artisan.say(change))
    assert artisan.awaiting == "choice:line" and name in asked and asked.count("?") == 1
    artisan.say("2")
    assert subtotal(artisan) == "560.00" and artisan.awaiting == "confirm:issue"


def test_a_number_for_a_line_does_not_send(language: str, artisan: Artisan) -> None:
    """After the issue "1" would be the word to send; behind a question about lines it is a line."""
    said, change, _ = TWO_CEILINGS[language]
    artisan.say(said)
    artisan.say(OK[language])
    assert artisan.awaiting == "confirm:send_to_client"
    artisan.say(change)
    assert artisan.awaiting == "choice:line"
    artisan.say("1")
    assert subtotal(artisan) == "564.00" and artisan.awaiting == "confirm:issue"
    assert not artisan.rows("select 1 from outbox where organization_id = %(organization)s and recipient = 'client'")


def test_an_offered_answer_may_be_written_out(language: str, artisan: Artisan) -> None:
    """ "Voir le brouillon" was offered: it shows the draft and is not read as an order for a list (UX-54)."""
    artisan.say(PAINTING[language])
    for words in {"fr": ("blabla", "truc machin"), "tr": ("falan filan", "işte öyle")}[language]:
        artisan.say(words)
    assert artisan.awaiting == "choice:repair"
    shown = one(artisan.say({"fr": "voir le brouillon", "tr": "taslağı göster"}[language]))
    assert "*Devis – Mme Garance*" in shown and artisan.awaiting == "confirm:issue"


def test_a_reason_is_no_riddle(language: str, artisan: Artisan) -> None:
    """Why he keeps a document or gives one up is not quoted back as something that was not understood."""
    keep = {"fr": "non, gardez-le, je le lui remettrai", "tr": "hayır kalsın, elden vereceğim"}[language]
    give_up = {"fr": "laisse tomber, elle ne veut plus", "tr": "hepsini sil, istemiyor artık"}[language]
    artisan.say(PAINTING[language])
    artisan.say(OK[language])
    assert "\n" not in one(artisan.say(keep)) and artisan.awaiting is None
    artisan.say(PAINTING[language])
    assert "\n" not in one(artisan.say(give_up)) and artisan.awaiting == "confirm:cancel"


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
