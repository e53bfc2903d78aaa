"""Every reason and every doubt about VAT has its words in both languages; an unknown one is an error, not a blank."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from jinja2 import UndefinedError

from graphs.shared.vat_questions import QUESTIONS
from prompts.replies import say
from services.documents.schemas import Territory, VatQuestion, VatReason
from services.documents.vat import NO_REDUCED_RATE

LANGUAGES = ("fr", "tr")
WITHOUT_VAT = ("franchise", "reverse_charge", "untaxed_territory", "abroad", "intra_community", "export")
DOUBT: dict[str, Any] = {
    "n": 1, "heard": "870", "detail": "", "on": None, "quantity": "1", "unit": "u", "label": "Peinture",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_can_be_explained(language: str) -> None:
    for reason in get_args(VatReason):
        text = say(language, "answers.vat_reason", code=reason, n=2, rate="10 %", basis="art. 278 du CGI")
        assert "art. 278 du CGI" in text and len(text) > 40
        say(language, "recap.reason", code=reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_carries_no_vat_says_why_on_the_recap(language: str) -> None:
    assert all(say(language, "recap.no_vat", code=reason) for reason in WITHOUT_VAT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_reason_is_an_error(language: str) -> None:
    for key in ("answers.vat_reason", "recap.reason", "recap.no_vat"):
        with pytest.raises(UndefinedError):
            say(language, key, code="because", n=1, rate="10 %", basis=None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_doubt_about_a_rate_that_was_said_has_its_words(language: str) -> None:
    vague = say(language, "recap.doubt", **DOUBT, code="?")
    codes = [("reduced_refused", reason) for reason in NO_REDUCED_RATE]
    codes += [("rate_elsewhere", territory) for territory in get_args(Territory)]
    codes += [("dwelling_part", "30"), ("zero_refused", "")]
    for code, detail in codes:
        text = say(language, "recap.doubt", **(DOUBT | {"code": code, "detail": detail}))
        assert text != vague and len(text) > 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_its_words_and_its_answers(language: str) -> None:
    assert set(QUESTIONS) == set(get_args(VatQuestion))
    for asked in QUESTIONS.values():
        assert say(language, asked.key, client="Bâti Sud", options="1 oui 2 non")
        assert [choice.number for choice in asked.choices] == [1, 2]
