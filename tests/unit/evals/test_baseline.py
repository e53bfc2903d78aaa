"""The kept baseline: names of the development part, numbers alone of the test part."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.reporting import baseline as module
from evals.reporting.baseline import baseline_of, keep, read_baseline
from evals.traces import Verdict
from tests.unit.evals.test_page import played


def test_failed_development_dialogues_are_named_and_test_dialogues_only_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FOLDER", tmp_path / "baselines")
    wrong_language = played("test", "tr", "quote/happy/y")
    wrong_language.gates["language"] = Verdict(holds=False, reasons=["French"])
    traces = [
        played("dev", "fr", "quote/happy/a"),
        played("dev", "tr", "quote/happy/a", holds=False),
        played("test", "fr", "quote/happy/secret", holds=False),
        wrong_language,
    ]
    path = keep(baseline_of(traces))
    assert "secret" not in path.read_text()
    kept = read_baseline("grammar")
    assert kept.failed == ["quote/happy/a tr"]
    assert kept.ended_exactly == {"fr": (0, 1), "tr": (1, 1)}


def test_a_run_that_a_simulated_user_spoiled_does_not_count() -> None:
    spoiled = played("dev", "fr", "quote/happy/a", holds=False).model_copy(update={"user_fault": "invented a price"})
    assert baseline_of([played("dev", "fr", "quote/happy/b"), spoiled]).failed == []
