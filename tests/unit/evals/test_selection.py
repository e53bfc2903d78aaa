"""Which scenarios a run plays, and what an edit since the last one can have changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.running import footing, selection
from evals.running.footing import Footing, NoCompleteRun, changed, is_current, last_complete
from evals.running.playing import Play, fingerprint
from evals.running.selection import NothingToPlay, Selection
from evals.scenarios.loading import UnreadableScenario
from evals.scenarios.schema import Scenario
from evals.traces import MadeDocument, Trace, TurnTrace, write_traces
from prompts.replies import sentences


def scenario(id_: str, **more: Any) -> Scenario:
    values = {
        "schema": 1,
        "id": id_,
        "workflow": id_.partition("/")[0],
        "minimum_turns": 1,
        "user": {"opening": "devis"},
    }
    return Scenario.model_validate({**values, "expect": {"outcome": "completed"}, **more})


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    found = [
        scenario("quote/happy/tiles"),
        scenario("quote/undo/two"),
        scenario("invoice/happy/tiles", locales=["tr"]),
    ]
    monkeypatch.setattr(selection, "scenarios", lambda part: tuple(found) if part == "dev" else ())
    return found


def chosen(**wanted: Any) -> list[tuple[str, str, int]]:
    return [(play.scenario.id, play.locale, play.trial) for play in Selection(**wanted).plays()]


def test_everything_is_played_in_a_fixed_order(known: list[Scenario]) -> None:
    assert chosen() == [
        ("quote/happy/tiles", "fr", 1), ("quote/happy/tiles", "tr", 1), ("quote/undo/two", "fr", 1),
        ("quote/undo/two", "tr", 1), ("invoice/happy/tiles", "tr", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"locales": ["fr"]}, 2),
        ({"workflows": ["invoice"]}, 1),
        ({"families": ["happy"]}, 3),
        ({"scenarios": ["tiles"]}, 3),
        ({"scenarios": ["quote/*/t*"], "locales": ["tr"]}, 2),
        ({"scenarios": ["quote/undo/two"], "trials": 3}, 6),
    ],
)
def test_a_selection_narrows(known: list[Scenario], wanted: dict[str, Any], count: int) -> None:
    assert len(chosen(**wanted)) == count
    assert Selection(**wanted).whole is False


def test_nothing_to_play_says_what_there_is(known: list[Scenario]) -> None:
    with pytest.raises(NothingToPlay, match=r"no scenario fits; the development part has quote/happy/tiles, "):
        Selection(scenarios=["tile"]).plays()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"seed": {"fixtures": ["no_such"]}},
            r"^quote/happy/bad\.yaml: seed\.fixtures: no fixture 'no_such'; there are",
        ),
        ({"user": {"opening": "à {knows.prix}"}}, r"^quote/happy/bad\.yaml: user: \{knows\.prix\} stands for nothing"),
        (
            {"expect": {"outcome": "completed", "replies": {"must_include": ["{tomorrow}"]}}},
            r"^quote/happy/bad\.yaml: expect: \{tomorrow\} stands for nothing; there are phone\.artisan, today, year",
        ),
    ],
)
def test_a_bad_file_is_named_before_anything_starts(known: list[Scenario], given: dict[str, Any], said: str) -> None:
    known.append(scenario("quote/happy/bad", **given))
    with pytest.raises(UnreadableScenario, match=said):
        Selection().plays()


THEN = Footing(whole=True, understander="grammar", parts=["dev"], everything="a", documents="a", models="a")


def trace(of: Scenario, **more: Any) -> Trace:
    values: dict[str, Any] = {
        "run": "r", "scenario": of.id, "part": "dev", "locale": "fr", "workflow": of.workflow, "family": of.family,
        "understander": "grammar", "scenario_hash": fingerprint(of), "started_at": "2026-11-27T10:00:00Z", "seconds": 1,
    }  # fmt: skip
    return Trace(**{**values, **more})


def reasons(of: Scenario, before: list[Trace], now: Footing = THEN) -> list[str]:
    return list(changed([Play(of, "dev", "fr")], THEN, before, now))


def test_an_edit_concerns_the_dialogues_that_it_can_change() -> None:
    tiles = scenario("quote/happy/tiles")
    said = f"fr/questions.lines@{sentences.fingerprint('fr', 'questions.lines')}"
    current = trace(tiles, turns=[TurnTrace(said=[], sentences=[said])])
    assert reasons(tiles, [current]) == []
    assert reasons(tiles, []) == ["new"]
    assert reasons(scenario("quote/happy/tiles", tags=["x"]), [current]) == ["scenario file changed"]
    assert reasons(tiles, [current], THEN.model_copy(update={"everything": "b"})) == ["code or lexicon changed"]
    stale = trace(tiles, turns=[TurnTrace(said=[], sentences=["fr/questions.lines@00000000"])])
    assert reasons(tiles, [stale]) == ["sentence fr/questions.lines changed"]
    layout = THEN.model_copy(update={"documents": "b"})
    assert reasons(tiles, [current], layout) == []
    paper = trace(tiles, documents=[MadeDocument(kind="quote", number="DEVIS-2026-0001", text="")])
    assert reasons(tiles, [paper], layout) == ["document layout changed"]
    asked = trace(tiles, turns=[TurnTrace(said=[], prompt_hash="abc")])
    prompt = THEN.model_copy(update={"models": "b"})
    assert (reasons(tiles, [current], prompt), reasons(tiles, [asked], prompt)) == ([], ["prompt for models changed"])


def test_a_mutated_dialogue_says_nothing_about_the_plain_one() -> None:
    tiles = scenario("quote/happy/tiles")
    assert reasons(tiles, [trace(tiles, mutation="accents")]) == ["new"]


def test_a_sentence_that_is_gone_is_not_current() -> None:
    assert not is_current("fr/questions.no_such_sentence@12345678")
    assert not is_current("fr/no_such_file.lines@12345678")


def test_every_file_that_decides_is_in_the_footing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = {
        "everything": ["agent/understanding/grammar/lexicon/fr.yaml", "prompts/glossary/x.yaml", "prompts/replies/a.py",
                       "graphs/quote/graph.py", "services/documents/totals.py", "prompts/documents/loading.py"],
        "documents": ["prompts/documents/templates/quote.html.j2"],
        "models": ["prompts/understanding/system.j2"],
        "": ["prompts/replies/fr/questions.j2", "docs/a.md", "agent/__pycache__/x.pyc", "evals/checks/rows.py"],
    }  # fmt: skip
    monkeypatch.setattr(footing, "ROOT", tmp_path)
    for path in (each for several in places.values() for each in several):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("one")
    before = footing.footing("grammar", ["dev"], whole=True)
    for field, paths in places.items():
        for path in paths:
            (tmp_path / path).write_text("two")
            after = footing.footing("grammar", ["dev"], whole=True)
            differs = {name for name, value in before if getattr(after, name) != value}
            assert differs == ({field} if field else set()), path
            (tmp_path / path).write_text("one")


def test_the_newest_whole_run_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(footing, "runs_folder", lambda: tmp_path)
    with pytest.raises(NoCompleteRun, match="run `usta eval run` once without --changed"):
        last_complete("grammar")
    for name, given in {
        "1-whole": THEN,
        "2-part": THEN.model_copy(update={"whole": False}),
        "3-model": THEN.model_copy(update={"understander": "llm"}),
    }.items():
        write_traces(tmp_path / name / "traces.jsonl", [trace(scenario("quote/happy/tiles"), run=name)])
        (tmp_path / name / footing.FILE).write_text(given.model_dump_json())
    (tmp_path / "4-broken").mkdir()
    (tmp_path / "4-broken" / footing.FILE).write_text("{}")
    found, traces, folder = last_complete("grammar")
    assert (found, [each.run for each in traces], folder.name) == (THEN, ["1-whole"], "1-whole")
