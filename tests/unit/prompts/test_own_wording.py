"""An organization's own wording: said where it can be, refused where it could not, never a way into the program."""

from __future__ import annotations

import pytest

from prompts.replies import noting_sentences, say, sentences_said
from prompts.replies.own_wording import LONGEST, UnusableWording, check_wording, own_wording
from prompts.replies.sentences import fingerprint, sentences, template_of, values_of


def test_it_is_said_instead_of_the_house_s_wording_and_only_inside() -> None:
    with own_wording({"fr/questions.lines": "{{ v.f('Dis', 'Dites') }} : {{ v.client }}, quels travaux ?"}):
        assert say("fr", "questions.lines", form="tu", client="Petit") == "Dis : Petit, quels travaux ?"
        assert say("fr", "questions.lines", client="Petit") == "Dites : Petit, quels travaux ?"
        assert say("tr", "questions.lines", client="Petit") != "Dites : Petit, quels travaux ?"
    assert say("fr", "questions.lines", client="Petit").startswith("Quels travaux pour Petit")


@pytest.mark.parametrize("template", ["{{ v.client.nothing.more }}", "{{ 1 / 0 }}", "{{ v.client + 1 }}", "   "])
def test_where_it_cannot_be_said_the_house_s_is(template: str) -> None:
    with own_wording({"fr/questions.lines": template}):
        assert say("fr", "questions.lines", client="Petit").startswith("Quels travaux pour Petit")


@pytest.mark.parametrize(
    "template",
    [
        "{{ v.client.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ v.f.__globals__ }}",
        "{{ v.update({'client': 'x'}) }}",
    ],
)
def test_the_sandbox_gives_nothing_away(template: str) -> None:
    with own_wording({"fr/questions.lines": template}):
        assert say("fr", "questions.lines", client="Petit").startswith("Quels travaux pour Petit")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("", "says nothing"),
        ("x" * (LONGEST + 1), "characters"),
        ("{{ v.client ", "no template"),
        ("{% include 'recap.j2' %}{{ v.clinet }}", r"There is no v\.clinet here\. Values: v\.client"),
    ],
)
def test_what_could_not_be_said_is_refused_with_the_reason(template: str, why: str) -> None:
    with pytest.raises(UnusableWording, match=why):
        check_wording("fr", "questions.lines", template)


def test_every_sentence_of_the_house_would_be_accepted_as_one_s_own() -> None:
    for language in ("fr", "tr"):
        for key, template in sentences(language).items():
            if len(template) <= LONGEST and "_the" not in template and "totals(" not in template:
                check_wording(language, key, template)


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError):
        check_wording("fr", "questions.no_such", "x")


def test_a_fingerprint_follows_the_sentence_and_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fingerprint("fr", "questions.lines") != fingerprint("tr", "questions.lines")
    from prompts.replies import sentences as module

    before = fingerprint("fr", "recap.full")
    parts = dict(module._parts("fr", "recap"))
    changed = {**parts, "totals": parts["totals"] + "."}
    monkeypatch.setattr(module, "_parts", lambda language, file: changed)
    assert fingerprint.__wrapped__("fr", "recap.full") != before
    unrelated = {**parts, "doubt": parts["doubt"] + "."}
    monkeypatch.setattr(module, "_parts", lambda language, file: unrelated)
    assert (fingerprint.__wrapped__("fr", "recap.full") != before) == ("doubt(" in parts["full"])


def test_what_is_said_is_noted_once_with_its_wording() -> None:
    with noting_sentences():
        say("fr", "questions.lines", client="Petit")
        say("fr", "questions.lines", client="Klein")
        with own_wording({"fr/questions.client_name": "Qui ?"}):
            say("fr", "questions.client_name")
        said = sentences_said()
    assert said[0] == f"fr/questions.lines@{fingerprint('fr', 'questions.lines')}"
    assert said[1].startswith("fr/questions.client_name@own-")
    assert len(said) == 2 and sentences_said() == []


def test_values_are_read_from_the_template() -> None:
    assert values_of(template_of("fr", "questions.client_phone")) == {"client", "mail", "f"}
