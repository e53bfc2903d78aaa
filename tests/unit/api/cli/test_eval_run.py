"""``usta eval run`` and ``rescore``: what is played, what is shown, and when the exit code is 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from db.settings import settings
from evals.running import footing, rescoring, runner, selection
from evals.running.playing import Play, RunFacts, fingerprint
from evals.running.runner import Means
from evals.scenarios.schema import Expect, Scenario
from evals.traces import Heard, Said, Trace, TurnTrace, Verdict

SECRET = "the words of the test part"


def scenario(id_: str) -> Scenario:
    values = {"schema": 1, "id": id_, "workflow": "quote", "minimum_turns": 1, "expect": {"outcome": "completed"}}
    return Scenario.model_validate({**values, "user": {"opening": "devis"}})


PARTS = {
    "dev": (scenario("quote/happy/tiles"), scenario("quote/undo/two")),
    "test": (scenario("quote/happy/hidden"),),
}


class Stage:
    """Stands for the installation: every play gives a trace; those in ``broken`` break the gate named there."""

    def __init__(self) -> None:
        self.plays: list[Play] = []
        self.means: Means | None = None
        self.broken: dict[str, str] = {}
        self.errors: dict[str, str] = {}

    async def run(
        self, plays: Sequence[Play], facts: RunFacts, means: Means, done: Callable[[Play, Trace], object]
    ) -> list[Trace]:
        self.plays, self.means = list(plays), means
        traces = [self._trace(play, facts) for play in plays]
        for play, trace in zip(plays, traces, strict=True):
            done(play, trace)
        return traces

    def _trace(self, play: Play, facts: RunFacts) -> Trace:
        words = SECRET if play.part == "test" else "devis carrelage"
        gate = self.broken.get(play.scenario.id)
        gates = {
            name: Verdict(holds=name != gate, reasons=[f"because of {words}"] if name == gate else [])
            for name in ("db", "consent")
        }
        return Trace(
            run=facts.run, scenario=play.scenario.id, part=play.part, locale=play.locale, workflow="quote",
            family=play.scenario.family, mutation=play.mutation, understander=facts.understander, model=facts.model,
            scenario_hash=fingerprint(play.scenario), started_at="2026-11-27T10:00:00Z", seconds=1, gates=gates,
            turns=[TurnTrace(said=[Said(text=words, at="2026-11-27T10:00:00Z", message_id="m")],
                             heard=[Heard(to="+33611111111", text=f"Entendu : {words}", at="2026-11-27T10:00:01Z")])],
            error=self.errors.get(play.scenario.id),
        )  # fmt: skip


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    found = Stage()
    monkeypatch.setattr(runner, "run", found.run)
    for room in (selection, rescoring):
        monkeypatch.setattr(room, "scenarios", lambda part: PARTS[part])
    monkeypatch.setattr(settings(), "home", tmp_path)
    return found


def usta(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments], env={"COLUMNS": "160"})


def runs(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "evals").glob("*/traces.jsonl"))


def test_everything_is_played_and_kept_and_all_gates_holding_is_a_success(stage: Stage, tmp_path: Path) -> None:
    result = usta("run", "--concurrency", "3")
    assert result.exit_code == 0, result.output
    assert [(play.scenario.id, play.locale) for play in stage.plays] == [
        ("quote/happy/tiles", "fr"), ("quote/happy/tiles", "tr"), ("quote/undo/two", "fr"), ("quote/undo/two", "tr"),
        ("quote/happy/hidden", "fr"), ("quote/happy/hidden", "tr"),
    ]  # fmt: skip
    assert stage.means is not None and stage.means.talks == 3 and stage.means.settings["UNDERSTANDER"] == "grammar"
    (traces,) = runs(tmp_path)
    assert len(traces.read_text().splitlines()) == 6 and '"whole": true' in (traces.parent / footing.FILE).read_text()


@pytest.mark.parametrize(("broken", "errors"), [({"quote/undo/two": "db"}, {}), ({}, {"quote/undo/two": "turn 2: no"})])
def test_one_gate_or_one_talk_that_breaks_off_is_a_failure_and_told(
    stage: Stage, broken: dict[str, str], errors: dict[str, str]
) -> None:
    stage.broken, stage.errors = broken, errors
    result = usta("run", "--part", "dev")
    assert result.exit_code == 1
    assert "quote/undo/two fr" in result.output and "quote/happy/tiles" not in result.output
    assert ("broke off: turn 2: no" if errors else "db: because of devis carrelage") in result.output


def test_of_the_test_part_only_aggregates_are_shown(stage: Stage) -> None:
    stage.broken = {"quote/happy/hidden": "consent"}
    result = usta("run", "-v")
    assert result.exit_code == 1 and "consent 1" in result.output
    assert SECRET not in result.output and "hidden" not in result.output
    assert "> devis carrelage" in result.output


def test_changed_plays_what_an_edit_can_have_changed(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "run `usta eval run` once without --changed" in " ".join(usta("run", "--changed").output.split())
    usta("run")
    stage.plays = []
    assert usta("run", "--changed").exit_code == 0 and stage.plays == [] and len(runs(tmp_path)) == 1
    edited = PARTS["dev"][0].model_copy(update={"tags": ["edited"]})
    monkeypatch.setattr(
        selection, "scenarios", lambda part: (edited, PARTS["dev"][1]) if part == "dev" else PARTS[part]
    )
    result = usta("run", "--changed")
    assert [play.scenario.id for play in stage.plays] == ["quote/happy/tiles"] * 2
    assert "2  scenario file changed" in result.output


def test_mutations_and_locales_narrow_and_multiply(stage: Stage, tmp_path: Path) -> None:
    usta("run", "--part", "dev", "--locale", "tr", "--family", "undo", "--mutate", "accents", "--mutate", "burst")
    assert [(play.locale, play.mutation) for play in stage.plays] == [("tr", "accents"), ("tr", "burst")]
    assert '"whole": false' in (runs(tmp_path)[0].parent / footing.FILE).read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenario", "nothing"], "no scenario fits; the development part has quote/happy/tiles, quote/undo/two"),
        (["--mutate", "acents"], "no mutation 'acents'; there are all, accents"),
        (["--mutate", "killed", "--family", "undo"], "killed applies to none of these scenarios"),
        (["--understander", "llm"], "llm needs a model: set OPENAI_API_KEY"),
    ],
)
def test_a_wrong_order_says_what_to_do(stage: Stage, arguments: list[str], said: str) -> None:
    result = usta("run", *arguments)
    words = " ".join(result.output.replace("│", " ").split())
    assert result.exit_code == 2 and said in words and stage.plays == []


def test_a_model_is_reached_only_when_it_is_to_be_asked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    configured: Any = settings()
    monkeypatch.setattr(
        configured, "openai_api_key", type(configured).model_validate({"OPENAI_API_KEY": "k"}).openai_api_key
    )
    usta("run", "--part", "dev")
    assert stage.means is not None and "OPENAI_API_KEY" not in stage.means.settings
    usta("run", "--part", "dev", "--understander", "hybrid")
    assert stage.means.settings["OPENAI_API_KEY"] == "k" and stage.means.patience > 90
    assert float(stage.means.settings["CLIENT_SEND_HOLD_SECONDS"]) >= 3 * configured.model_timeout_seconds


def test_rescore_judges_without_playing(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usta("run", "--part", "dev")
    stage.plays = []
    assert usta("rescore", "latest").exit_code == 0 and stage.plays == []
    before, after = runs(tmp_path)
    assert after.parent.name == f"{before.parent.name}-rescored" and "isolation" in after.read_text()
    stricter = PARTS["dev"][0].model_copy(
        update={"expect": Expect(outcome="completed", db={"quotes": [{"total": "1"}]})}
    )
    monkeypatch.setattr(rescoring, "scenarios", lambda part: (stricter, PARTS["dev"][1]))
    result = usta("rescore", before.parent.name)
    assert result.exit_code == 1 and "quotes: no row for {'total': '1'}" in result.output
    assert "no run 'yesterday'; there are" in " ".join(usta("rescore", "yesterday").output.replace("│", " ").split())
