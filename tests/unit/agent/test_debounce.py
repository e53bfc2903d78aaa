"""UX-08: how long a chat is left quiet before its burst becomes one turn."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.debounce import Arrived, quiet_seconds, remaining

NOW = datetime(2026, 11, 21, 9, 14, 30, tzinfo=UTC)


def arrived(text, *, ago=0.0, media=False):
    return Arrived(text, NOW - timedelta(seconds=ago), media=media)


@pytest.mark.parametrize("text", ["ok", "OK!", "oui", "tamam", "tmm", "2", "12", "👍", "c bon", "annule", "özet"])
def test_a_word_that_stands_alone_is_taken_at_once(text):
    assert quiet_seconds(arrived(text), question_open=False) == 0


@pytest.mark.parametrize(
    "text", ["plafond 40m2 à 16", "salon duvar 42 m2 boya 15 euro", "C'est pour Mme Petit.", "alors " * 12]
)
def test_a_complete_message_waits_a_second(text):
    assert quiet_seconds(arrived(text), question_open=False) == 1


@pytest.mark.parametrize(
    "text", ["slt", "devis pour la boulangerie", "placo 12 m2 à 35 et", "boya 12 m2,", "bi de", "tavan ve"]
)
def test_a_fragment_waits_longer(text):
    assert quiet_seconds(arrived(text), question_open=False) == 4


def test_an_answer_to_an_open_question_is_complete():
    assert quiet_seconds(arrived("Mme Martin"), question_open=True) == 1


def test_media_waits_for_its_caption():
    assert quiet_seconds(arrived(None, media=True), question_open=False) == 6


def test_each_message_restarts_the_wait_until_the_cap():
    burst = [arrived("devis pour", ago=19.5), arrived("la boulangerie", ago=0.5)]
    assert remaining(burst, NOW, question_open=False, scale=1) == pytest.approx(0.5)
    assert remaining(burst[1:], NOW, question_open=False, scale=1) == pytest.approx(3.5)


def test_nothing_to_wait_for_when_switched_off_or_empty():
    assert remaining([arrived("slt")], NOW, question_open=False, scale=0) == 0
    assert remaining([], NOW, question_open=False, scale=1) == 0
