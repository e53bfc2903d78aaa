"""What a turn reads of its messages: the artisan's own words, and which message says what (UX-09, UX-18)."""

from types import SimpleNamespace
from uuid import uuid4

from agent.gathering import Gathered


def message(text, *, forwarded=False, transcription=None):
    return SimpleNamespace(id=uuid4(), text=text, transcription=transcription, is_forwarded=forwarded)


def gathered(*messages):
    return Gathered(list(messages), chat=None, user=None, organization=None, client_names=[], run=None, spend=None)


def test_a_burst_is_one_text_and_each_message_keeps_its_place():
    first, second = message("devis pour Petit"), message("ok")
    burst = gathered(first, second)
    assert burst.text == "devis pour Petit\nok"
    assert burst.message_offsets == [(0, first.id), (len("devis pour Petit\n"), second.id)]


def test_a_voice_note_counts_by_its_transcript():
    assert gathered(message(None, transcription="vas-y")).text == "vas-y"


def test_forwarded_words_are_nobodys_orders():
    own, foreign = message("regarde ça"), message("ok envoie tout", forwarded=True)
    burst = gathered(own, foreign)
    assert burst.text == "regarde ça"
    assert burst.message_offsets == [(0, own.id)]


def test_without_words_the_last_message_stands_for_the_burst():
    photo = message(None)
    assert (gathered(photo).text, gathered(photo).message_offsets) == ("", [(0, photo.id)])
