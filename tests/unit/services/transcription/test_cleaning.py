"""What recognisers invent is taken out, what they mishear is put right; what was said stays (UX-59, ux.md part D)."""

from __future__ import annotations

import pytest

from prompts.voice.loading import repairs
from services.transcription.cleaning import cleaned, repaired
from services.transcription.schemas import Segment


def words(text: str, *, confidence: float = 0.9, no_speech: float = 0.0, prompt: str = "") -> str:
    segment = Segment(start=0, end=3, text=text, confidence=confidence, no_speech=no_speech)
    return " ".join(kept.text for kept in cleaned((segment,), prompt))


@pytest.mark.parametrize(
    "text",
    [
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titrage ST' 501",
        "Altyazı M.K.",
        "Abone olmayı unutmayın.",
        "Abone olmayı, beğenmeyi unutmayın!",
        "İzlediğiniz için teşekkürler.",
        "Merci d'avoir regardé cette vidéo !",
        "Thanks for watching!",
        "[Musique]",
        "♪ müzik ♪",
        "placo placo placo placo placo",
        "20 m² à 50 m² à 50 m² à 50 m² à 50 m² à 50 m²",
        "...",
        "",
    ],
)
def test_inventions_and_endless_repetitions_go(text: str) -> None:
    assert words(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Devis Mme Martin, 12 m² de placo à 35 €, 12,5 h à 45.50 €.",
        "merci, musique du salon 3 prises",
        "le 06 12 12 12 45",
        "Tamam, altı yüz altmış altı.",
        "oui",
    ],
)
def test_what_was_said_stays(text: str) -> None:
    assert words(text) == text


def test_an_invention_at_the_end_of_words_goes_alone() -> None:
    assert words("Devis Petit, 12 m² à 35,50 €. Abonnez-vous à la chaîne !") == "Devis Petit, 12 m² à 35,50 €."
    assert words("Petit'ye teklif. Abone olmayı unutmayın.") == "Petit'ye teklif."


def test_where_nobody_spoke_nothing_was_said() -> None:
    assert words("oui", confidence=0.3, no_speech=0.9) == ""
    assert words("oui", confidence=0.9, no_speech=0.9) == "oui"


PROMPT = "Alors devis pour Mme Girard à Bron : 24 m² de placo BA13 à 32 €, 8 ml de plinthes à 11,50 €."


def test_a_recogniser_that_repeats_its_prompt_is_not_believed() -> None:
    echo = Segment(start=0, end=3, text="8 ml de plinthes à 11,50 €.", confidence=0.9)
    (kept,) = cleaned((echo,), PROMPT)
    assert kept.confidence < 0.35
    said = Segment(start=0, end=3, text="9 ml de plinthes à 12 €.", confidence=0.9)
    assert cleaned((said,), PROMPT) == (said,)
    assert words("8 ml de plinthes à 11,50 €.", no_speech=0.4, prompt=PROMPT) == ""


def test_a_list_of_known_names_is_an_echo_and_an_order_is_not() -> None:
    known = ["Mme Petit", "Garnier", "M. Roux", "pose de carrelage"]
    echo = Segment(start=0, end=3, text="Garnier, M. Roux, Mme Petit.", confidence=0.62)
    order = Segment(start=0, end=3, text="Devis Garnier, pose de carrelage", confidence=0.62)
    assert cleaned((echo,), "", known)[0].confidence < 0.35
    assert cleaned((order,), "", known) == (order,)


def test_an_unsure_passage_made_of_the_prompt_is_not_believed() -> None:
    def heard(text: str, confidence: float) -> float:
        (kept,) = cleaned((Segment(start=0, end=3, text=text, confidence=confidence),), PROMPT)
        return kept.confidence

    assert heard("Devis, Mme Girard, placo, c'est 32", 0.5) < 0.35
    assert heard("Devis, Mme Girard, placo, c'est 32", 0.8) == 0.8
    assert heard("Mme Girard, Bron, plinthes, placo, devis, 32", 0.62) < 0.35
    assert heard("ragréage quinze mètres à vingt", 0.5) == 0.5


@pytest.mark.parametrize(
    ("language", "heard", "meant"),
    [
        ("fr", "un Chauffe haut 200 litres", "un chauffe-eau 200 litres"),
        ("fr", "du rat-gréage 12 m²", "du ragréage 12 m²"),
        ("fr", "il s'échappe", "il s'échappe"),
        ("tr", "dövi hazırla", "devis hazırla"),
    ],
)
def test_repairs_are_whole_words(language: str, heard: str, meant: str) -> None:
    assert repaired(heard, language) == meant


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_no_repair_touches_a_number(language: str) -> None:
    for heard, meant in repairs(language):
        digits = [c for c in meant if c.isdigit()]
        assert not digits or meant in ("BA13", "PER de 16"), (heard.pattern, meant)


def test_a_repair_does_not_reach_into_a_hyphenated_word() -> None:
    assert repaired("un chauffe au-dessus de l'évier", "fr") == "un chauffe au-dessus de l'évier"
