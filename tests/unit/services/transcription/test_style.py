"""The recogniser's prompt: his names and works, then a sample; never longer than a recogniser reads (UX-61)."""

from __future__ import annotations

import pytest

from services.transcription.style import MOST_TOKENS, style_prompt, tokens

NAMES = [f"Entreprise Générale de Bâtiment Yıldırım & Fils n° {number}" for number in range(40)]


@pytest.mark.parametrize("language", ["fr", "tr", None])
@pytest.mark.parametrize("usual", ["fr", "tr"])
def test_it_fits_whatever_is_known(language, usual) -> None:
    prompt = style_prompt(language, usual, NAMES, [f"fourniture et pose de {name}" for name in NAMES])
    assert tokens(prompt) <= MOST_TOKENS
    assert NAMES[0] in prompt


def test_the_sample_of_his_own_language_stands_last() -> None:
    both = style_prompt(None, "tr", ["Mme Petit"], ["ragréage"])
    assert both.startswith("Mme Petit, ragréage.") and both.endswith("olur.")
    assert "alçıpan" not in style_prompt("fr", "tr")


def test_a_name_comes_once() -> None:
    assert style_prompt("fr", "fr", ["Petit", "Petit ", "Garnier"]).startswith("Petit, Garnier. ")
