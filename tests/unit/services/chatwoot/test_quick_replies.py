"""What can be tapped under a question, and what a tap means when it comes back as its title."""

from __future__ import annotations

import pytest

from services.chatwoot.quick_replies import number_of, titles
from services.messaging.capabilities import CAPABILITIES

CHATWOOT = CAPABILITIES["chatwoot"]
CARDS = ["Mme Petit, 8 rue Pasteur", "Mme Petit, 8 rue Pasteur bis", "Nouveau client"]


def test_few_choices_are_buttons_and_more_are_a_list() -> None:
    assert titles(["Envoyer", "Garder"], "?", CHATWOOT) == ["Envoyer", "Garder"]
    four = ["Récapitulatif complet du devis", "b", "c", "d"]
    assert titles(four, "?", CHATWOOT) == ["Récapitulatif complet d…", "b", "c", "d"]
    assert titles([str(number) for number in range(11)], "?", CHATWOOT) == []
    assert titles([], "?", CHATWOOT) == []
    assert titles(["Envoyer"], "x" * 1025, CHATWOOT) == [], "the server makes buttons of a few, whatever the text"
    assert titles(four, "x" * 1025, CHATWOOT) != [], "a list may stand under a longer text"
    assert titles(four, "x" * 4001, CHATWOOT) == []


def test_a_channel_without_buttons_shows_none() -> None:
    assert titles(["Envoyer", "Garder"], "?", CAPABILITIES["unipile"]) == []


def test_titles_that_would_look_the_same_carry_their_number() -> None:
    shown = titles(CARDS, "?", CHATWOOT)
    assert len(set(shown)) == 3 and all(len(title) <= CHATWOOT.button_title for title in shown)
    assert [number_of(title, CARDS, CHATWOOT) for title in shown] == [1, 2, 3]


@pytest.mark.parametrize(
    ("said", "number"), [("garder", 2), (" ENVOYER ", 1), ("envoie", None), ("", None), ("1", None)]
)
def test_only_a_title_is_a_tap(said: str, number: int | None) -> None:
    assert number_of(said, ["Envoyer", "Garder"], CHATWOOT) == number


def test_words_mean_nothing_when_nothing_was_asked() -> None:
    assert number_of("Garder", [], CHATWOOT) is None
