"""Statistics and comparisons of runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evals.reporting import runs
from evals.reporting.comparison import compare, rows_side_by_side
from evals.reporting.runs import NoSuchRun, traces_of
from evals.reporting.statistics import pass_hat_k, rate, wilson
from evals.traces import Heard, Said, Trace, TurnTrace, Verdict, write_traces


def trace(scenario: str, *, holds: bool = True, reply: str = "Bien", locale: str = "fr", trial: int = 1) -> Trace:
    turn = TurnTrace(
        said=[Said(text="devis", at="2026-11-27T10:00:00Z", message_id="1")],
        heard=[Heard(to="+33611111111", text=reply, at="2026-11-27T10:00:01Z")],
    )
    return Trace(
        run="r", scenario=scenario, part="dev", locale=locale, trial=trial, workflow="quote", family="happy",  # type: ignore[arg-type]
        understander="grammar", scenario_hash="x", started_at="2026-11-27T10:00:00Z", seconds=1.0, turns=[turn],
        gates={"db": Verdict(holds=holds, reasons=[] if holds else ["total is 1, expected 2"])},
    )  # fmt: skip


def test_pass_hat_k_counts_only_what_always_works() -> None:
    assert pass_hat_k(4, 4, 4) == 1.0
    assert pass_hat_k(3, 4, 1) == 0.75
    assert pass_hat_k(3, 4, 4) == 0.0
    assert pass_hat_k(3, 4, 2) == 0.5
    with pytest.raises(ValueError, match="needs at least 5 trials"):
        pass_hat_k(4, 4, 5)


def test_few_scenarios_say_little() -> None:
    low, high = wilson(20, 20)
    assert 0.80 < low < 0.85 and high == 1.0
    assert rate([(1, 1)] * 80).low > 0.95
    assert rate([]).of == 0


def test_intervals_of_many_trials_come_from_the_scenarios() -> None:
    outcomes = [(4, 4)] * 15 + [(2, 4)] * 5
    once, always = rate(outcomes), rate(outcomes, 4)
    assert once.value == 0.875 and always.value == 0.75
    assert always.low < 0.75 < always.high
    assert rate(outcomes, 4) == always


def test_what_broke_comes_first_with_both_dialogues() -> None:
    before = [trace("a"), trace("b", holds=False), trace("c"), trace("gone")]
    after = [trace("a", holds=False, reply="Pardon ?"), trace("b"), trace("c"), trace("new")]
    flips = compare(before, after)
    assert [(flip.direction, flip.key[0]) for flip in flips] == [
        ("broke", "a"), ("mended", "b"), ("only before", "gone"), ("only after", "new"), ("same", "c"),
    ]  # fmt: skip
    assert rows_side_by_side(flips[0]) == [("> devis", "> devis", False), ("Bien", "Pardon ?", True)]
    assert flips[0].reads_differently and not flips[-1].reads_differently


def test_one_failed_trial_of_four_is_a_flip_and_is_shown() -> None:
    before = [trace("a", trial=number) for number in range(1, 5)]
    after = [trace("a", trial=number, holds=number != 3) for number in range(1, 5)]
    [flip] = compare(before, after)
    assert flip.direction == "broke" and flip.passed_after == (3, 4)
    assert flip.after is not None and flip.after.trial == 3


def test_runs_are_named_by_age_or_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "runs_folder", lambda: tmp_path)
    for age, name in enumerate(("c", "b", "a")):
        path = tmp_path / name / "traces.jsonl"
        write_traces(path, [trace(f"quote/happy/{name}")])
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    assert [traces_of(name)[1][0].scenario[-1] for name in ("latest", "previous", "a")] == ["c", "b", "a"]
    with pytest.raises(NoSuchRun, match="no run 'z'; there are a, b, c"):
        traces_of("z")
