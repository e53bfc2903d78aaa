"""Notes as printed: who bears what, accents, set phrases from Turkish."""

from __future__ import annotations

from typing import Any

import pytest

from services.documents.designations import note_in_french


@pytest.mark.parametrize(
    ("said", "language", "about", "printed"),
    [
        ("c le client qui evacue", "fr", "evacuation gravats", "Évacuation des gravats à la charge du client"),
        ("c'est le client qui s'en occupe", "fr", "Peinture du plafond", "Peinture du plafond à la charge du client"),
        ("c le client qui evacue les gravats", "fr", None, "Évacuation des gravats à la charge du client"),
        ("le client fournit le carrelage", "fr", None, "Fourniture de carrelage à la charge du client"),
        ("évacuation des gravats à la charge du client", "fr", None, "Évacuation des gravats à la charge du client"),
        ("acces par la cour", "fr", None, "Accès par la cour"),
        ("travaux a faire le soir apres 18h", "fr", None, "Travaux à faire le soir après 18h"),
        ("müşteri yapacak", "tr", "moloz atma", "Évacuation des gravats à la charge du client"),
        ("molozu müşteri atacak", "tr", None, "Évacuation des gravats à la charge du client"),
        ("müşteri kabul etti", "tr", None, "Travaux supplémentaires acceptés par le client"),
        ("iskele dahil", "tr", None, "Échafaudage compris"),
        (
            "Travaux supplémentaires acceptés par le client",
            "tr",
            None,
            "Travaux supplémentaires acceptés par le client",
        ),
    ],
)
def test_note(said: str, language: Any, about: str | None, printed: str) -> None:
    result = note_in_french(said, language, about=about)
    assert result.french == printed
    assert result.known


def test_note_that_cannot_be_translated_is_flagged() -> None:
    result = note_in_french("komşunun köpeğine dikkat", "tr")
    assert not result.known
    assert result.unknown_words
    assert result.french == "komşunun köpeğine dikkat"


def test_empty_note() -> None:
    assert note_in_french("  ", "fr").french == ""
