"""usta prompts: found by part of a name, shown in both languages, tried, compared, and mistakes explained."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from evals.traces import ModelCall, Trace, TurnTrace
from evals.wording.usage import scenarios_that_say

cli = CliRunner()


def usta(*arguments: str) -> tuple[int, str]:
    result = cli.invoke(app, ["prompts", *arguments])
    return result.exit_code, result.output


def test_a_prompt_is_found_by_its_words_without_accents() -> None:
    code, said = usta("list", "numero")
    assert code == 0 and "fr/questions.client_phone" in said
    assert usta("list", "zzzz")[0] == 1


def test_a_sentence_is_shown_in_both_languages_with_its_place_and_cost() -> None:
    code, said = usta("show", "tr/questions.lines")
    assert code == 0
    assert "prompts/replies/tr/questions.j2" in said and "prompts/replies/fr/questions.j2" in said
    assert "tokens" in said and "Quels travaux pour" in said


def test_a_wrong_name_is_answered_with_near_ones() -> None:
    code, said = usta("show", "fr/questions.client_phon")
    assert code == 2 and "did you mean fr/questions.client_phone" in said


def test_a_sentence_is_said_with_sample_values_and_given_ones() -> None:
    code, said = usta("render", "fr/questions.client_phone", "--form", "tu", "--set", "client=M. Roux")
    assert code == 0 and "Pour l'envoyer à M. Roux" in said and "tape-le" in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--set", "client"], "--set wants name=value"),
        (["--wording", "{{ v.clint }}"], "There is no v.clint here. Values: v.client"),
        (["--wording", ""], "says nothing"),
    ],
)
def test_what_cannot_be_said_is_explained(arguments: list[str], why: str) -> None:
    code, said = usta("render", "fr/questions.lines", *arguments)
    assert code == 2 and why in " ".join(said.split())


def test_versions_are_compared_and_an_unknown_one_is_an_error() -> None:
    code, said = usta("diff", "fr/questions.lines", "--from", "no-such-revision")
    assert code == 2 and "no-such-revision" in said


def test_scenarios_are_found_by_what_was_said_in_them() -> None:
    def trace(scenario: str, *turns: TurnTrace, part: str = "dev") -> Trace:
        return Trace(
            run="r", scenario=scenario, part=part, locale="fr", workflow="quote", family="happy", understander="grammar",  # type: ignore[arg-type]
            scenario_hash="x", started_at="2026-11-27T10:00:00Z", seconds=1.0, turns=list(turns),
        )  # fmt: skip

    call = ModelCall(provider="p", model="m", outcome="ok")
    traces = [
        trace("quote/happy/a", TurnTrace(said=[], sentences=["fr/questions.lines@12345678"])),
        trace("quote/happy/b", TurnTrace(said=[], sentences=["fr/questions.lines_more@12345678"])),
        trace("quote/happy/c", TurnTrace(said=[], model_calls=[call])),
        trace("quote/happy/d", TurnTrace(said=[], sentences=["fr/questions.lines@12345678"]), part="test"),
    ]
    assert scenarios_that_say(traces, "fr/questions.lines") == ["quote/happy/a"]
    assert scenarios_that_say(traces, "understanding/system") == ["quote/happy/c"]
