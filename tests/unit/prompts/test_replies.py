"""Every sentence exists in both languages and can be said; a missing value is an error, not a blank."""

import re
from pathlib import Path

import jinja2
import pytest

from prompts import replies

FOLDER = Path(replies.__file__).parent


def test_both_languages_have_the_same_sentences():
    assert replies.keys("fr") == replies.keys("tr")
    assert len(replies.keys("fr")) > 120


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_both_languages_use_the_same_values(language):
    other = {"fr": "tr", "tr": "fr"}[language]
    for path in (FOLDER / language).glob("*.j2"):
        for name, body in _macros(path):
            wanted = dict(_macros(FOLDER / other / path.name))[name]
            assert _values(body) - {"f"} <= _values(wanted) | {"f", "kind", "client", "number", "words"}, (
                f"{path.stem}.{name}"
            )


def test_familiar_and_polite_forms():
    assert replies.say("fr", "answers.off_topic", form="tu") == "Je m'occupe de tes devis et factures. On fait lequel ?"
    assert replies.say("fr", "answers.off_topic") == "Je m'occupe de vos devis et factures. On fait lequel ?"
    assert "istediğinizde" in replies.say("tr", "answers.handed_over", form="siz")
    assert "istediğinde " in replies.say("tr", "answers.handed_over", form="sen")


def test_what_is_missing_is_an_error():
    with pytest.raises(KeyError):
        replies.say("fr", "answers.no_such_sentence")
    with pytest.raises(jinja2.UndefinedError):
        replies.say("fr", "questions.lines")


def _macros(path):
    text = path.read_text(encoding="utf-8")
    return re.findall(r"{% macro (\w+)\(v\) %}(.*?){% endmacro %}", text, re.DOTALL)


def _values(body):
    return set(re.findall(r"\bv\.(\w+)", body))
