"""The table of docs/voice.md counts what it says it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.voice.measuring import Attempt, append, figures, load, perfect
from evals.voice.recorded import COUNT, NoRecordings, prompts_of, recorded_sentences, said_by_a_person
from evals.voice.sentences import sentences


def attempt(said: str, heard: str, *, style: bool = True, verdict: str = "heard", confidence: float = 0.9) -> Attempt:
    return Attempt("tr", said, style, heard, verdict, confidence, 4.0, 2.0)


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_there_are_forty_sentences_and_others_to_tune_on(language) -> None:
    measured, tuned = sentences(language), sentences(language, "tune")
    assert len(measured) == 40 and len(tuned) == 10
    assert not {row.say for row in measured} & {row.say for row in tuned}


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_words_as_said_are_read_almost_wholly(language) -> None:
    assert perfect(sentences(language), language).line_f1 > 0.97


SAID = "karo otuz metrekare elli euro"


def test_numbers_and_units_in_another_spelling_are_no_error() -> None:
    row = figures([attempt(SAID, "Karo, 30 m², 50 euro.")], sentences("tr", "tune"), "tr", style=True, repair=False)
    assert (row.word_error_rate, row.line_f1, row.refused, row.silent) == (0.0, 1.0, 0, 0)


def test_a_wrong_price_counts_and_is_silent_only_without_a_doubt() -> None:
    wrong = "Karo otuz metrekare altmış euro"
    sure = figures([attempt(SAID, wrong)], sentences("tr", "tune"), "tr", style=True, repair=False)
    unsure = figures([attempt(SAID, wrong, confidence=0.5)], sentences("tr", "tune"), "tr", style=True, repair=False)
    assert sure.line_f1 == unsure.line_f1 < 1 and sure.word_error_rate > 0
    assert (sure.silent, unsure.silent) == (1, 0)


def test_of_a_note_that_is_asked_again_no_line_counts() -> None:
    row = figures([attempt(SAID, SAID, verdict="unclear")], sentences("tr", "tune"), "tr", style=True, repair=False)
    assert (row.line_f1, row.refused, row.silent) == (0.0, 1, 0)


def test_repairs_and_styles_are_told_apart() -> None:
    heard = [attempt(SAID, "Karo otuz metri kare elli uko"), attempt(SAID, "bla", style=False)]
    plain = figures(heard, sentences("tr", "tune"), "tr", style=True, repair=False)
    put_right = figures(heard, sentences("tr", "tune"), "tr", style=True, repair=True)
    assert put_right.word_error_rate == 0.0 < plain.word_error_rate and put_right.line_f1 == 1.0
    assert plain.sentences == figures(heard, sentences("tr", "tune"), "tr", style=False, repair=True).sentences == 1


def test_a_run_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "heard.jsonl"
    assert load(path) == []
    append(attempt(SAID, "çatı"), path)
    append(attempt(SAID, SAID), path)
    assert [each.heard for each in load(path)] == ["çatı", SAID]


def test_sentences_of_a_person_are_read_wholly_and_put_together_from_his_words(tmp_path) -> None:
    rows = recorded_sentences()
    assert len(rows) == COUNT and perfect(rows, "fr").line_f1 == 1.0
    assert list(prompts_of(96)) == ["digits/80", "digits/16"]
    assert list(prompts_of(71)) == ["digits/60", "digits/et", "digits/11"]
    assert list(prompts_of(150)) == ["digits/hundred", "digits/50"]
    with pytest.raises(NoRecordings, match="vm-Work"):
        said_by_a_person(rows[0], tmp_path)
