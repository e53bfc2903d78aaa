"""Every sentence can be tried: there are sample values for all of them, in both languages and both forms."""

from __future__ import annotations

import pytest

from evals.wording.rendering import render_sentence
from prompts.replies.sentences import sentences


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_every_sentence_has_sample_values(language: str) -> None:
    forms = {"fr": ("tu", "vous"), "tr": ("sen", "siz")}[language]
    for key in sentences(language):
        for form in forms:
            said = render_sentence(language, key, form=form)
            assert said, key
            assert "None" not in said and "{{" not in said, (key, said)


def test_values_can_be_replaced() -> None:
    assert render_sentence("fr", "questions.lines", values={"client": "M. Roux"}) == (
        "Quels travaux pour M. Roux, et à quel prix ?"
    )


def test_another_wording_is_tried_with_the_same_values() -> None:
    assert render_sentence("fr", "questions.lines", template="{{ v.client }} : quoi ?") == "Mme Martin : quoi ?"
