"""Voice notes from the phone to the answer, and recaps said aloud (G06, U17)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.dialogues import plain_spaces
from tests.acceptance.people import Artisan, Received, received
from tests.acceptance.stack import Stack

ASKED = {"fr": "réponds-moi en vocal", "tr": "bana sesli cevap ver"}
NO_MORE = {"fr": "arrête les vocaux", "tr": "sesli cevap istemiyorum"}
SAID = {"fr": "devis Mme Petit 12 m² de placo à 35", "tr": "Bayan Petit'ye teklif 12 m2 alçıpan 35'ten"}
ALOUD = {
    "fr": "Devis pour Mme Petit. Une ligne. Total 462 euros toutes taxes comprises.",
    "tr": "Mme Petit için teklif. 1 satır. KDV dahil toplam 462 euro.",
}


def heard_by(stack: Stack, artisan: Artisan, after: int, count: int) -> list[Received]:
    """What reaches the phone after ``after``, waiting for ``count`` messages."""
    found = received(stack, artisan.phone, after)
    while len(found) < count:
        more = received(stack, artisan.phone, found[-1].seq if found else after, wait=30)
        assert more, f"only {[message.text for message in found]}"
        found += more
    return found


def test_who_asks_for_it_hears_the_recap_too(language: str, stack: Stack, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    (agreed,) = artisan.say(ASKED[language])
    assert {"fr": "à voix haute", "tr": "sesli"}[language] in agreed
    last = received(stack, artisan.phone)[-1].seq
    artisan.post(SAID[language])
    text, voice = heard_by(stack, artisan, last, 2)
    assert text.kind == "text" and "462,00" in plain_spaces(text.text)
    assert voice.kind == "audio" and voice.url is not None
    sound = stack.http.get(voice.url).content.decode()
    assert sound.startswith("ID3" + ALOUD[language])
    (told,) = artisan.say(NO_MORE[language])[-1:]
    assert {"fr": "par écrit", "tr": "yazıyla"}[language] in told
    rows = artisan.rows("select voice_replies from users where organization_id = %(organization)s")
    assert [row["voice_replies"] for row in rows] == [False]


@pytest.mark.parametrize("confidence", [0.9, 0.5], ids=["clear", "hardly heard"])
def test_a_note_answers_an_open_question(confidence: float, artisan_of: Callable[..., Artisan]) -> None:
    """Spoken, "oui" issues as typed, if it was heard well (UX-57)."""
    artisan = artisan_of("fr")
    artisan.say("devis Mme Petit 12 m² de placo à 35, appartement de 1990")
    artisan.speak("oui c'est bon", confidence=confidence)
    artisan.inbox()
    assert len(artisan.documents()) == (1 if confidence > 0.6 else 0)
